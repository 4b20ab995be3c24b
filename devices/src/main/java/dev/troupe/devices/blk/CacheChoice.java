package dev.troupe.devices.blk;

/**
 * What the driver wrote to {@code writeback}, section 5.2.5.2. It outlives restarts of the device: a driver that has chosen to
 * have no write cache does not flush. Any thread.
 */
final class CacheChoice implements AutoCloseable {
    /** The driver has not chosen. */
    static final int UNCHOSEN = -1;

    private volatile int writeback = UNCHOSEN;

    int get() {
        return writeback;
    }

    void set(int chosen) {
        writeback = chosen;
    }

    @Override
    public void close() {
        writeback = UNCHOSEN;
    }
}
