package dev.troupe.devices.input;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.Mapping;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * Remembers the description of a device of the host, so that its guest keeps it while the device is unplugged, whatever
 * happens to the process meanwhile, and so that another device in its place is noticed. Any thread.
 *
 * <pre>
 * 0 u32 length of the description, 0 for none    4 u8 description[…]
 * </pre>
 */
final class InputMemory {
    /** More than the longest description. */
    static final int MAX_BYTES = 4096;

    private static final int LENGTH_BYTES = 4;

    private InputMemory() {}

    /**
     * What the guest shall know: what it knew before, or else what was found, which is remembered.
     *
     * @return nothing if neither is there
     */
    static Optional<InputDescription> settle(DeviceContext context, Optional<InputDescription> found) {
        try (Fd file = context.keepMemory("description", MAX_BYTES);
                Mapping mapping = Mapping.map(file, 0, MAX_BYTES, true)) {
            Optional<InputDescription> known = read(mapping.segment());
            if (known.isPresent()) {
                return known;
            }
            found.ifPresent(description -> write(mapping.segment(), description.encode()));
            return found;
        }
    }

    private static Optional<InputDescription> read(MemorySegment memory) {
        int length = memory.get(ValueLayout.JAVA_INT, 0);
        return length <= 0 || length > MAX_BYTES - LENGTH_BYTES
                ? Optional.empty()
                : InputDescription.decode(memory.asSlice(LENGTH_BYTES, length).toArray(ValueLayout.JAVA_BYTE));
    }

    private static void write(MemorySegment memory, byte[] encoded) {
        MemorySegment.copy(encoded, 0, memory, ValueLayout.JAVA_BYTE, LENGTH_BYTES, encoded.length);
        memory.set(ValueLayout.JAVA_INT, 0, encoded.length);
    }
}
