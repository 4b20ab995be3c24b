package dev.troupe.devices.storage;

import dev.troupe.transport.loop.IoCompletion;
import dev.troupe.transport.sys.Errno;

/**
 * Flushes of one queue: one sync is under way at a time, and all flushes that came during it share the next. A sync
 * that was already under way does not answer a later flush, because it need not cover the writes in between.
 */
final class FlushGate implements IoCompletion {
    private final FileLane lane;
    private int[] waiting;
    private int[] served;
    private int waitingCount;
    private int servedCount;

    /** How many failed syncs of the file this queue has told its driver of. */
    private int toldFailures;

    FlushGate(FileLane lane, int slots) {
        this.lane = lane;
        this.waiting = new int[slots];
        this.served = new int[slots];
        this.toldFailures = lane.backend().health().failedSyncs();
    }

    void add(int slot) {
        waiting[waitingCount++] = slot;
        if (servedCount == 0) {
            begin();
        }
    }

    private void begin() {
        int[] next = waiting;
        waiting = served;
        served = next;
        servedCount = waitingCount;
        waitingCount = 0;
        lane.io().sync(lane.file(), true, this);
    }

    @Override
    public void completed(int result) {
        HostHealth health = lane.backend().health();
        if (result < 0) {
            health.syncFailed();
        }
        int failures = health.failedSyncs();
        // Writes of this queue may be among those that another queue's sync lost.
        int told = result == 0 && failures != toldFailures ? -Errno.EIO : result;
        toldFailures = failures;
        int count = servedCount;
        for (int i = 0; i < count; i++) {
            lane.answered(served[i], "Flush", told);
        }
        servedCount = 0;
        if (waitingCount > 0) {
            begin();
        }
    }
}
