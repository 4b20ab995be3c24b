package dev.troupe.actors.device;

import dev.troupe.transport.protocol.Bytes;

/**
 * What of a device's state has to outlive the device: in a restart, a successor of the program, or on another host. What
 * the rings, the memory and the configuration say already is not part of it.
 *
 * @param version the version of the body's layout, which is the device type's own; 0 where there is nothing to keep
 * @param body the contents, little-endian
 */
public record SavedState(int version, Bytes body) {

    /** Nothing has to be kept. */
    public static final SavedState NONE = new SavedState(0, Bytes.EMPTY);

    /** A state of these contents, which are copied. Any thread. */
    public static SavedState of(int version, byte... contents) {
        return new SavedState(version, Bytes.of(contents));
    }

    /** A copy of the contents. Any thread. */
    public byte[] contents() {
        return body.toArray();
    }
}
