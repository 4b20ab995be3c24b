package dev.troupe.devices.scsi;

import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.ring.ChainWriter;
import dev.troupe.transport.ring.DescriptorChain;

/** The event queue: its buffers stay in the ring until there is an event. Loop thread of its queue only. */
final class ScsiEventQueue implements QueueHandler {
    private final EventReports reports;
    private final QueueContext context;
    private boolean closed;

    ScsiEventQueue(EventReports reports, QueueContext context) {
        this.reports = reports;
        this.context = context;
        context.hold();
        reports.opened(this);
        if (reports.missed()) {
            loop().execute(this::available);
        }
    }

    EventLoop loop() {
        return context.loop();
    }

    /** A buffer that an earlier handler had taken: it is as good as any. */
    @Override
    public void handle(DescriptorChain chain) {
        put(chain, ScsiWire.VIRTIO_SCSI_T_NO_EVENT, 0, 0);
    }

    void report(int event, int address, int reason) {
        if (closed) {
            reports.miss();
            return;
        }
        if ((context.driverFeatures() & featureOf(event)) == 0) {
            return;
        }
        DescriptorChain chain = context.take();
        if (chain == null) {
            reports.miss();
        } else {
            put(chain, event, LunAddress.encode(address), reason);
        }
    }

    private static long featureOf(int event) {
        return event == ScsiWire.VIRTIO_SCSI_T_PARAM_CHANGE
                ? ScsiWire.VIRTIO_SCSI_F_CHANGE
                : ScsiWire.VIRTIO_SCSI_F_HOTPLUG;
    }

    @Override
    public void available() {
        if (!closed && reports.missed()) {
            DescriptorChain chain = context.take();
            if (chain != null) {
                put(chain, ScsiWire.VIRTIO_SCSI_T_NO_EVENT, 0, 0);
            }
        }
    }

    private void put(DescriptorChain chain, int event, long lun, int reason) {
        ChainWriter out = chain.writable();
        if (out.lengthBytes() < ScsiWire.EVENT_SIZE) {
            // Whatever was to stand there is missed; the driver can only be given its buffer back.
            reports.miss();
            context.countError();
            context.complete(chain, 0);
            return;
        }
        out.putInt(event | (reports.takeMissed() ? ScsiWire.VIRTIO_SCSI_T_EVENTS_MISSED : 0));
        out.putLong(lun);
        out.putInt(reason);
        context.complete(chain, ScsiWire.EVENT_SIZE);
    }

    @Override
    public void close() {
        closed = true;
        reports.closed(this);
    }
}
