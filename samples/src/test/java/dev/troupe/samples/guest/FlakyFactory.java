package dev.troupe.samples.guest;

import dev.troupe.actors.device.ConfigField;
import dev.troupe.actors.device.DeviceCommand;
import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.DeviceShape;
import dev.troupe.actors.device.FeatureName;
import dev.troupe.actors.device.Option;
import dev.troupe.actors.device.ProgramConvention;
import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.actors.device.ReplayRule;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.actors.device.VmmAttachment;
import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.loop.IoScope;
import dev.troupe.transport.ring.DescriptorChain;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A device type with bugs put in: now and then a queue's handler throws, before a request is begun, or when it has been
 * carried out and is about to be given back. Which requests it hits depends on the seed and on the order of requests.
 */
final class FlakyFactory implements DeviceFactory {
    private final DeviceFactory real;
    private final int oneOf;
    private final SplittableRandom seeds;
    private final AtomicInteger failures = new AtomicInteger();

    /**
     * @param real the type that does the work
     * @param seed of all the queues' chances
     * @param oneOf a request fails with a chance of one in this many, before it and after it
     */
    FlakyFactory(DeviceFactory real, long seed, int oneOf) {
        this.real = real;
        this.oneOf = oneOf;
        this.seeds = new SplittableRandom(seed);
    }

    /** How often something has been thrown so far. */
    int failures() {
        return failures.get();
    }

    private synchronized SplittableRandom chances() {
        return seeds.split();
    }

    private void maybeFail(SplittableRandom chances, String when) {
        if (chances.nextInt(oneOf) == 0) {
            throw new IllegalStateException("put-in bug " + failures.incrementAndGet() + " " + when + " a request");
        }
    }

    @Override
    public String type() {
        return real.type();
    }

    @Override
    public int virtioId() {
        return real.virtioId();
    }

    @Override
    public String summary() {
        return real.summary();
    }

    @Override
    public List<Option<?>> options() {
        return real.options();
    }

    @Override
    public VirtioDevice open(DeviceSettings settings, DeviceContext context) throws DeviceException {
        return new FlakyDevice(real.open(settings, context));
    }

    @Override
    public DeviceShape shape(DeviceSettings settings) {
        return real.shape(settings);
    }

    @Override
    public VmmAttachment attachment(DeviceSettings settings) {
        return real.attachment(settings);
    }

    @Override
    public ProgramConvention program() {
        return real.program();
    }

    @Override
    public List<FeatureName> featureNames() {
        return real.featureNames();
    }

    @Override
    public List<ConfigField> configFields() {
        return real.configFields();
    }

    @Override
    public List<DeviceCommand> commands() {
        return real.commands();
    }

    private final class FlakyDevice implements VirtioDevice {
        private final VirtioDevice device;

        FlakyDevice(VirtioDevice device) {
            this.device = device;
        }

        @Override
        public long features() {
            return device.features();
        }

        @Override
        public int queueCount() {
            return device.queueCount();
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
        public QueueHandler openQueue(QueueContext queue) {
            SplittableRandom chances = chances();
            QueueHandler handler = device.openQueue(new FlakyContext(queue, chances));
            return new FlakyHandler(handler, chances);
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
        public String command(String verb, List<String> arguments) throws DeviceException {
            return device.command(verb, arguments);
        }

        @Override
        public void close() {
            device.close();
        }
    }

    private final class FlakyHandler implements QueueHandler {
        private final QueueHandler handler;
        private final SplittableRandom chances;

        FlakyHandler(QueueHandler handler, SplittableRandom chances) {
            this.handler = handler;
            this.chances = chances;
        }

        @Override
        public void handle(DescriptorChain chain) {
            maybeFail(chances, "before");
            handler.handle(chain);
        }

        @Override
        public void close() {
            handler.close();
        }
    }

    private final class FlakyContext implements QueueContext {
        private final QueueContext context;
        private final SplittableRandom chances;

        FlakyContext(QueueContext context, SplittableRandom chances) {
            this.context = context;
            this.chances = chances;
        }

        @Override
        public int index() {
            return context.index();
        }

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
            maybeFail(chances, "after");
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
