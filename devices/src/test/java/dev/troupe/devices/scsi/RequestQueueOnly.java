package dev.troupe.devices.scsi;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.actors.device.ReplayRule;
import dev.troupe.actors.device.SavedState;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.loop.IoScope;
import dev.troupe.transport.ring.DescriptorChain;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A SCSI host whose queue under test stands where a rig drives it: first.
 *
 * @param losesNextAnswer whether the handler fails when it has done the next request and is about to answer it
 */
record RequestQueueOnly(ScsiDevice device, int queue, AtomicBoolean losesNextAnswer) implements VirtioDevice {

    static RequestQueueOnly of(ScsiDevice device) {
        return of(device, ScsiWire.REQUESTQ);
    }

    static RequestQueueOnly of(ScsiDevice device, int queue) {
        return new RequestQueueOnly(device, queue, new AtomicBoolean());
    }

    @Override
    public long features() {
        return device.features();
    }

    @Override
    public int queueCount() {
        return 1;
    }

    @Override
    public byte[] configSpace(long driverFeatures) {
        return device.configSpace(driverFeatures);
    }

    @Override
    public boolean writeConfigSpace(int offset, byte[] value) {
        return device.writeConfigSpace(offset, value);
    }

    @Override
    public QueueHandler openQueue(QueueContext context) {
        return device.openQueue(new At(context, queue, losesNextAnswer));
    }

    @Override
    public ReplayRule replayRule() {
        return device.replayRule();
    }

    @Override
    public void reset() {
        device.reset();
    }

    @Override
    public SavedState saveState() {
        return device.saveState();
    }

    @Override
    public void loadState(SavedState state) throws DeviceException {
        device.loadState(state);
    }

    @Override
    public String command(String verb, List<String> arguments) throws DeviceException {
        return device.command(verb, arguments);
    }

    /** The rig of the first request queue closes the device. */
    @Override
    public void close() {
        if (queue == ScsiWire.REQUESTQ) {
            device.close();
        }
    }

    /** The same queue, with another number. */
    private record At(QueueContext context, int index, AtomicBoolean losesNextAnswer) implements QueueContext {
        @Override
        public int size() {
            return context.size();
        }

        @Override
        public long driverFeatures() {
            return context.driverFeatures();
        }

        @Override
        public EventLoop loop() {
            return context.loop();
        }

        @Override
        public IoScope io() {
            return context.io();
        }

        @Override
        public void complete(DescriptorChain chain, long writtenBytes) {
            if (losesNextAnswer.getAndSet(false)) {
                throw new IllegalStateException("the answer is lost");
            }
            context.complete(chain, writtenBytes);
        }

        @Override
        public void countError() {
            context.countError();
        }

        @Override
        public void hold() {
            context.hold();
        }

        @Override
        public void release() {
            context.release();
        }

        @Override
        public @Nullable DescriptorChain take() {
            return context.take();
        }
    }
}
