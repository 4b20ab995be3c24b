package dev.troupe.devices.scsi;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What the driver is told through the event queue (virtio section 5.6.6.3). An event that finds no buffer is not kept, as
 * the specification has it: the next buffer says that events were missed, and the driver looks for itself. Any thread.
 */
final class EventReports {
    private volatile @Nullable ScsiEventQueue queue;
    private final AtomicBoolean missed = new AtomicBoolean();

    void opened(ScsiEventQueue now) {
        queue = now;
    }

    void closed(ScsiEventQueue gone) {
        if (queue == gone) {
            queue = null;
        }
    }

    boolean missed() {
        return missed.get();
    }

    /** Whether events were missed; from now on none were. */
    boolean takeMissed() {
        return missed.getAndSet(false);
    }

    /** The driver has to look for itself; it is told with the next buffer. */
    void miss() {
        missed.set(true);
    }

    /** The driver has to look for itself; it is told at once, if it has given a buffer. */
    void tellMissed() {
        missed.set(true);
        ScsiEventQueue now = queue;
        if (now != null) {
            onLoopOf(now, now::available);
        }
    }

    /** A driver that starts from the beginning has missed nothing. */
    void reset() {
        missed.set(false);
    }

    /** A unit has come. */
    void added(int address) {
        report(ScsiWire.VIRTIO_SCSI_T_TRANSPORT_RESET, address, ScsiWire.VIRTIO_SCSI_EVT_RESET_RESCAN);
    }

    /** A unit has gone. */
    void removed(int address) {
        report(ScsiWire.VIRTIO_SCSI_T_TRANSPORT_RESET, address, ScsiWire.VIRTIO_SCSI_EVT_RESET_REMOVED);
    }

    /** A unit has other parameters. */
    void changed(int address, Sense what) {
        report(ScsiWire.VIRTIO_SCSI_T_PARAM_CHANGE, address, what.changeReason());
    }

    private void report(int event, int address, int reason) {
        ScsiEventQueue now = queue;
        if (now == null) {
            // A queue that opened meanwhile has not seen it.
            tellMissed();
        } else {
            onLoopOf(now, () -> now.report(event, address, reason));
        }
    }

    private void onLoopOf(ScsiEventQueue now, Runnable task) {
        try {
            now.loop().execute(task);
        } catch (RejectedExecutionException e) {
            // The loop has ended, and the queue with it; whoever serves it next says so.
            missed.set(true);
        }
    }
}
