package dev.troupe.devices.i2c;

import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.Mapping;
import java.lang.foreign.ValueLayout;

/**
 * Which requests of the queue may be on the wire already, in memory that outlives the process. Only those must not be done
 * again after a restart, an upgrade or a crash; the others only waited for the bus. A byte a request, so that the loop and the
 * bus may write at the same time.
 */
final class BegunRequests implements AutoCloseable {
    /** As many as the largest queue has entries. */
    static final int SIZE_BYTES = 1 << 15;

    private final Fd file;
    private final Mapping marks;

    private BegunRequests(Fd file, Mapping marks) {
        this.file = file;
        this.marks = marks;
    }

    /**
     * Takes up what an earlier device left.
     *
     * @param file a memory file of {@link #SIZE_BYTES}, owned by the result and closed if this fails
     */
    static BegunRequests over(Fd file) {
        try {
            return new BegunRequests(file, Mapping.map(file, 0, SIZE_BYTES, true));
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    void mark(int head) {
        marks.segment().set(ValueLayout.JAVA_BYTE, head, (byte) 1);
    }

    void clear(int head) {
        marks.segment().set(ValueLayout.JAVA_BYTE, head, (byte) 0);
    }

    boolean isMarked(int head) {
        return marks.segment().get(ValueLayout.JAVA_BYTE, head) != 0;
    }

    @Override
    public void close() {
        marks.close();
        file.close();
    }
}
