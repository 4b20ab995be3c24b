package dev.troupe.actors.testing;

import dev.troupe.actors.device.Conversation;
import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.DeviceShape;
import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.actors.device.ReplayRule;
import dev.troupe.actors.device.SavedState;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.ring.DescriptorChain;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A device that copies what it reads to where it may write. A test can put its own hand on each request, and count what
 * is opened and closed. Settings, all optional: {@code queues}; {@code size}, a byte of the configuration space that may
 * grow under a driver; {@code shape}, one that may not change; {@code tone}, which takes effect at once; {@code cannot},
 * which opening refuses, {@code foreseen} or not; {@code config}, how long the type says that the configuration space is.
 */
public final class CopyFactory implements DeviceFactory {

    private static final int SIZE = 1;
    private static final int SHAPE = 2;

    /** How often a device was opened. */
    public final AtomicInteger opened = new AtomicInteger();
    /** How often one was closed. */
    public final AtomicInteger closed = new AtomicInteger();
    /** How often opening one shall fail from now on. */
    public final AtomicInteger refusals = new AtomicInteger();
    /** How often one was reset. */
    public final AtomicInteger resets = new AtomicInteger();
    /** What handles a request in place of the copying. */
    public volatile BiConsumer<QueueContext, DescriptorChain> handling = CopyFactory::copy;
    /** What is called in place of {@link QueueHandler#available}. */
    public volatile Consumer<QueueContext> availability = _ -> {};
    /** What the device does when it is asked for its configuration space, before it answers. */
    public volatile Runnable configAsked = () -> {};

    private final AtomicInteger saves = new AtomicInteger();

    /** How often the device was asked for its state. */
    public int saves() {
        return saves.get();
    }

    /** What is shared with others, while opening. */
    public volatile Consumer<DeviceContext> sharing = _ -> {};
    /** Whether all queues are on one loop. */
    public volatile boolean onOneLoop;
    /** What happens while opening is refused. */
    public volatile Runnable refusing = () -> {};
    /** What happens when a queue is opened, before it is. */
    public volatile Consumer<QueueContext> queueOpening = _ -> {};
    /** What happens while a device is closed. */
    public volatile Runnable closing = () -> {};
    /** The rule for unfinished requests. */
    public volatile ReplayRule replayRule = ReplayRule.REPEAT;
    /** The setting {@code tone} of the newest device. */
    public volatile long tone;
    /** What the device keeps, and what it was given to take over. */
    public volatile SavedState state = SavedState.NONE;
    /** What the newest device was given to take over. */
    public volatile @Nullable SavedState loaded;
    /** The newest device's surroundings. */
    public volatile @Nullable DeviceContext context;

    /** What the device normally does. */
    public static void copy(QueueContext queue, DescriptorChain chain) {
        long bytes = Math.min(chain.readable().remaining(), chain.writable().remaining());
        for (long i = 0; i < bytes; i++) {
            chain.writable().putByte(chain.readable().getByte());
        }
        queue.complete(chain, bytes);
    }

    /** Returns when a loop has done all that it had been told before. */
    public static void afterEverythingElse(EventLoop loop) {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        loop.execute(() -> loop.execute(() -> done.complete(true)));
        done.orTimeout(10, TimeUnit.SECONDS).join();
    }

    @Override
    public String type() {
        return "copy";
    }

    @Override
    public int virtioId() {
        return 63;
    }

    @Override
    public String summary() {
        return "Copies what it reads.";
    }

    private static long number(DeviceSettings settings, String key, long otherwise) {
        return (Long) settings.values().getOrDefault(key, otherwise);
    }

    @Override
    public void rehearse(DeviceSettings settings) throws DeviceException {
        if (settings.values().containsKey("foreseen")) {
            throw new DeviceException("the rehearsal says no");
        }
    }

    @Override
    public boolean mayBecome(byte[] before, byte[] now) {
        return now[SIZE] >= before[SIZE] && now[SHAPE] == before[SHAPE];
    }

    @Override
    public VirtioDevice open(DeviceSettings settings, DeviceContext deviceContext) throws DeviceException {
        if (settings.values().containsKey("cannot")) {
            refusing.run();
            throw new DeviceException("it cannot be opened like that");
        }
        if (refusals.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            throw new DeviceException("the test wants this to fail");
        }
        opened.incrementAndGet();
        sharing.accept(deviceContext);
        context = deviceContext;
        tone = number(settings, "tone", 0);
        return new CopyDevice(settings);
    }

    @Override
    public boolean onOneLoop() {
        return onOneLoop;
    }

    @Override
    public DeviceShape shape(DeviceSettings settings) {
        return new DeviceShape(
                Math.toIntExact(number(settings, "queues", 4)), Math.toIntExact(number(settings, "config", 8)));
    }

    private final class CopyDevice implements VirtioDevice {

        private final byte[] config = {1, 2, 3, 4, 5, 6, 7, 8};
        private final int queues;

        CopyDevice(DeviceSettings settings) {
            queues = Math.toIntExact(number(settings, "queues", 4));
            config[SIZE] = (byte) number(settings, "size", 2);
            config[SHAPE] = (byte) number(settings, "shape", 3);
        }

        @Override
        public void settingsChanged(DeviceSettings now) {
            tone = number(now, "tone", 0);
        }

        @Override
        public long features() {
            return 0;
        }

        @Override
        public int queueCount() {
            return queues;
        }

        @Override
        public byte[] configSpace(long driverFeatures) {
            configAsked.run();
            return config.clone();
        }

        @Override
        public boolean writeConfigSpace(int offset, byte[] value) {
            if (offset != 0 || value.length != 1) {
                return false;
            }
            config[0] = value[0];
            return true;
        }

        @Override
        public void reset() {
            resets.incrementAndGet();
        }

        @Override
        public SavedState saveState() {
            saves.incrementAndGet();
            return state;
        }

        @Override
        public void loadState(SavedState given) throws DeviceException {
            if (given.version() > 1) {
                throw new DeviceException("a newer version of this device");
            }
            loaded = given;
        }

        @Override
        public ReplayRule replayRule() {
            return replayRule;
        }

        @Override
        public QueueHandler openQueue(QueueContext queue) {
            queueOpening.accept(queue);
            return new QueueHandler() {
                @Override
                public void handle(DescriptorChain chain) {
                    handling.accept(queue, chain);
                }

                @Override
                public void available() {
                    availability.accept(queue);
                }

                @Override
                public void interrupted(DescriptorChain chain) {
                    queue.countError();
                    queue.complete(chain, 0);
                }
            };
        }

        @Override
        public String command(String verb, List<String> arguments) {
            return verb + " " + arguments;
        }

        @Override
        public Conversation converse(String verb, List<String> arguments) throws DeviceException {
            if (!verb.equals("echo")) {
                throw new DeviceException("it does not " + verb);
            }
            return operator -> {
                ByteBuffer buffer = ByteBuffer.allocate(64);
                while (operator.read(buffer) >= 0) {
                    operator.write(buffer.flip());
                    buffer.clear();
                }
            };
        }

        @Override
        public void close() {
            closing.run();
            closed.incrementAndGet();
        }
    }
}
