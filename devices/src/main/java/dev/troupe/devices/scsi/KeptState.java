package dev.troupe.devices.scsi;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.Mapping;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * The state of a device in memory that outlives the process, so that not even a kill between two instructions loses a
 * reservation whose making was answered. Two places take turns; the one with the higher number whose check sum is right
 * counts.
 *
 * <pre>
 *  each place:  0  u64 number   8  u32 length   12  u32 CRC   16  the state
 * </pre>
 */
final class KeptState implements AutoCloseable {
    private static final int PLACE_BYTES = 256 << 10;
    private static final int PLACES = 2;
    private static final int LENGTH_OFFSET = 8;
    private static final int CRC_OFFSET = 12;
    private static final int STATE_OFFSET = 16;

    private final Mapping mapping;
    private long number;

    private KeptState(Mapping mapping) {
        this.mapping = mapping;
    }

    /** Finds what was kept, or makes room for it. */
    static KeptState open(DeviceContext context) {
        try (Fd file = context.keepMemory("state-" + ScsiState.VERSION, (long) PLACES * PLACE_BYTES)) {
            return new KeptState(Mapping.map(file, 0, (long) PLACES * PLACE_BYTES, true));
        }
    }

    /** What was kept last, if anything was. */
    synchronized Optional<byte[]> read() {
        Optional<byte[]> newest = Optional.empty();
        for (int i = 0; i < PLACES; i++) {
            MemorySegment place = place(i);
            long found = place.get(ValueLayout.JAVA_LONG, 0);
            Optional<byte[]> contents = found > number ? contents(place) : Optional.empty();
            if (contents.isPresent()) {
                newest = contents;
                number = found;
            }
        }
        return newest;
    }

    private static Optional<byte[]> contents(MemorySegment place) {
        int length = place.get(ValueLayout.JAVA_INT, LENGTH_OFFSET);
        if (length < 0 || length > PLACE_BYTES - STATE_OFFSET) {
            return Optional.empty();
        }
        byte[] bytes = place.asSlice(STATE_OFFSET, length).toArray(ValueLayout.JAVA_BYTE);
        return crc(bytes) == place.get(ValueLayout.JAVA_INT, CRC_OFFSET) ? Optional.of(bytes) : Optional.empty();
    }

    /**
     * Keeps another state.
     *
     * @return false if it is too large; then the one before stays
     */
    synchronized boolean write(byte[] state) {
        if (state.length > PLACE_BYTES - STATE_OFFSET) {
            return false;
        }
        number++;
        MemorySegment place = place((int) (number % PLACES));
        place.set(ValueLayout.JAVA_LONG, 0, 0);
        // Ordering: whoever reads the number after our death finds all that stands before it.
        VarHandle.releaseFence();
        place.set(ValueLayout.JAVA_INT, LENGTH_OFFSET, state.length);
        place.set(ValueLayout.JAVA_INT, CRC_OFFSET, crc(state));
        MemorySegment.copy(state, 0, place, ValueLayout.JAVA_BYTE, STATE_OFFSET, state.length);
        VarHandle.releaseFence();
        place.set(ValueLayout.JAVA_LONG, 0, number);
        return true;
    }

    private MemorySegment place(int index) {
        return mapping.segment().asSlice((long) index * PLACE_BYTES, PLACE_BYTES);
    }

    private static int crc(byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    @Override
    public void close() {
        mapping.close();
    }
}
