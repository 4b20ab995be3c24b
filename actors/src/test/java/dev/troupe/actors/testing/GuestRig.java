package dev.troupe.actors.testing;

import dev.troupe.transport.frontend.BufferList;
import dev.troupe.transport.frontend.DriverQueue;
import dev.troupe.transport.frontend.FrontEnd;
import dev.troupe.transport.frontend.FrontEndWishes;
import dev.troupe.transport.frontend.GuestMemoryFile;
import dev.troupe.transport.frontend.VringAddresses;
import dev.troupe.transport.frontend.VringFds;
import dev.troupe.transport.protocol.RegionDescription;
import dev.troupe.transport.protocol.VirtioFeature;
import dev.troupe.transport.ring.RingAreas;
import dev.troupe.transport.ring.RingFeatures;
import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.Fd;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A guest without a virtual machine: connects to a device's socket as QEMU does, and drives its queues. Waits by polling
 * the used ring, for a bounded time.
 */
public final class GuestRig implements AutoCloseable {

    private static final long MEMORY_BYTES = 64L << 20;
    /** On emulated processors everything takes ten times as long: property {@code troupe.test.patience}, in seconds. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(Long.getLong("troupe.test.patience", 10));

    private static final int INDIRECT_ENTRIES = 16;

    private FrontEnd frontEnd;
    private final GuestMemoryFile memory;
    private final RingFeatures features;
    private final int queueSize;
    private final List<Queue> queues = new ArrayList<>();
    private long driverFeatures;

    /** How a guest sets its device up. */
    public record Shape(boolean packed, int queueCount, int queueSize, long deviceFeatures) {

        /** One split queue of 64 entries. */
        public static Shape split() {
            return new Shape(false, 1, 64, 0);
        }

        /** One packed queue of 64 entries. */
        public static Shape packed(boolean isPacked) {
            return new Shape(isPacked, 1, 64, 0);
        }

        /** The same with this many queues. */
        public Shape withQueues(int count) {
            return new Shape(packed, count, queueSize, deviceFeatures);
        }

        /** The same with feature bits of the device type. */
        public Shape withFeatures(long bits) {
            return new Shape(packed, queueCount, queueSize, bits);
        }
    }

    /** One queue as the driver sees it. */
    public static final class Queue {
        private final GuestMemoryFile memory;
        private final DriverQueue ring;
        private final VringFds fds;
        private final BufferList buffers = new BufferList();
        private long nextToken;

        Queue(GuestMemoryFile memory, DriverQueue ring, VringFds fds) {
            this.memory = memory;
            this.ring = ring;
            this.fds = fds;
        }

        /** The ring, raw. */
        public DriverQueue ring() {
            return ring;
        }

        /** Its eventfds. */
        public VringFds fds() {
            return fds;
        }

        /** Makes a request available, without waiting. */
        public Request submit(byte[] readable, int writableBytes) {
            Request request = add(readable, writableBytes);
            kick();
            return request;
        }

        /** Adds a request, which {@link #kick} makes available together with others. */
        public Request add(byte[] readable, int writableBytes) {
            long in = memory.allocate(Math.max(1, readable.length), 1);
            long out = memory.allocate(Math.max(1, writableBytes), 1);
            MemorySegment.copy(
                    readable,
                    0,
                    memory.segment(in, Math.max(1, readable.length)),
                    ValueLayout.JAVA_BYTE,
                    0,
                    readable.length);
            buffers.clear();
            if (readable.length > 0) {
                buffers.readable(in, readable.length);
            }
            if (writableBytes > 0) {
                buffers.writable(out, writableBytes);
            }
            Request request = new Request(this, nextToken++, out, writableBytes);
            if (!ring.add(buffers, request.token)) {
                throw new IllegalStateException("the ring is full");
            }
            return request;
        }

        /** Makes a request available that is read from an address of the test's choice. */
        public Request submitAt(long readableAddress, int readableBytes, int writableBytes) {
            long out = memory.allocate(writableBytes, 1);
            buffers.clear();
            buffers.readable(readableAddress, readableBytes).writable(out, writableBytes);
            Request request = new Request(this, nextToken++, out, writableBytes);
            if (!ring.add(buffers, request.token)) {
                throw new IllegalStateException("the ring is full");
            }
            kick();
            return request;
        }

        /** Publishes what was added and kicks if the device wants it. */
        public void kick() {
            if (ring.publish()) {
                EventFd.signal(fds.kick());
            }
        }

        /** Submits and waits: the bytes that the device says it wrote. */
        public byte[] roundTrip(byte[] readable, int writableBytes) {
            return submit(readable, writableBytes).await();
        }

        private final java.util.Map<Long, Long> used = new java.util.HashMap<>();

        boolean takeUsed() {
            boolean any = false;
            while (ring.poll()) {
                Long twice = used.put(ring.token(), ring.usedLengthBytes());
                if (twice != null) {
                    throw new AssertionError("request " + ring.token() + " was completed twice");
                }
                any = true;
            }
            return any;
        }
    }

    /** A request that the driver made available. */
    public static final class Request {
        private final Queue queue;
        private final long token;
        private final long writableAddress;
        private final int writableBytes;

        Request(Queue queue, long token, long writableAddress, int writableBytes) {
            this.queue = queue;
            this.token = token;
            this.writableAddress = writableAddress;
            this.writableBytes = writableBytes;
        }

        /** The guest address of what the device may write. */
        public long writableAddress() {
            return writableAddress;
        }

        /** Whether the device has completed it. */
        public boolean done() {
            queue.takeUsed();
            return queue.used.containsKey(token);
        }

        /** Waits until it is completed; the bytes that the device says it wrote. */
        public byte[] await() {
            GuestRig.await("request " + token, this::done);
            int written = Math.toIntExact(queue.used.getOrDefault(token, 0L));
            if (written > writableBytes) {
                throw new AssertionError(written + " bytes written of " + writableBytes);
            }
            return queue.memory
                    .segment(writableAddress, Math.max(1, writableBytes))
                    .asSlice(0, written)
                    .toArray(ValueLayout.JAVA_BYTE);
        }
    }

    private GuestRig(FrontEnd frontEnd, Shape shape, GuestMemoryFile memory) {
        this.frontEnd = frontEnd;
        this.memory = memory;
        this.features = new RingFeatures(shape.packed(), true, true, false);
        this.queueSize = shape.queueSize();
    }

    /** Connects, negotiates, sets up memory and queues, and enables them. */
    public static GuestRig connect(Path socket, Shape shape) {
        return connect(socket, shape, FrontEndWishes.usual());
    }

    /** The same, negotiating what is wished for. */
    public static GuestRig connect(Path socket, Shape shape, FrontEndWishes wishes) {
        return connect(socket, shape, wishes, GuestMemoryFile.ofSize(MEMORY_BYTES));
    }

    /** The same with other memory, which belongs to the guest from now on. */
    public static GuestRig connect(Path socket, Shape shape, FrontEndWishes wishes, GuestMemoryFile memory) {
        GuestRig rig = new GuestRig(connected(socket, wishes, memory), shape, memory);
        try {
            rig.setUp(shape);
            return rig;
        } catch (RuntimeException e) {
            rig.close();
            throw e;
        }
    }

    /** The same over a front end that has done its handshake. */
    public static GuestRig over(FrontEnd frontEnd, Shape shape) {
        GuestRig rig = new GuestRig(frontEnd, shape, GuestMemoryFile.ofSize(MEMORY_BYTES));
        rig.setUp(shape);
        return rig;
    }

    /** Goes on over another connection, as some front ends do, without a word of what was negotiated before. */
    public void goOnWithoutHandshake(FrontEnd another) {
        frontEnd = another;
        another.wire().useReplyAck(true);
        another.setFeatures(driverFeatures | VirtioFeature.PROTOCOL_FEATURES.mask());
        setMemory();
        for (int i = 0; i < queues.size(); i++) {
            start(i, freshBase());
            another.setVringEnable(i, true);
        }
    }

    private static FrontEnd connected(Path socket, FrontEndWishes wishes, GuestMemoryFile memory) {
        try {
            return FrontEnd.connect(socket, wishes);
        } catch (RuntimeException e) {
            memory.close();
            throw e;
        }
    }

    private void setUp(Shape shape) {
        long wanted =
                VirtioFeature.maskOf(VirtioFeature.VERSION_1, VirtioFeature.EVENT_IDX, VirtioFeature.INDIRECT_DESC)
                        | (shape.packed() ? VirtioFeature.RING_PACKED.mask() : 0)
                        | shape.deviceFeatures();
        driverFeatures = wanted;
        frontEnd.setFeatures(wanted);
        setMemory();
        for (int i = 0; i < shape.queueCount(); i++) {
            DriverQueue ring = DriverQueue.create(memory, queueSize, features, INDIRECT_ENTRIES);
            queues.add(new Queue(memory, ring, VringFds.create()));
            start(i, freshBase());
        }
    }

    /** Tells the device where the guest's memory is. */
    public void setMemory() {
        List<RegionDescription> regions = new ArrayList<>();
        List<Fd> fds = new ArrayList<>();
        for (GuestMemoryFile.Region region : memory.regions()) {
            regions.add(new RegionDescription(
                    region.guestAddress(), region.sizeBytes(), region.userAddress(), region.mmapOffset()));
            fds.add(memory.fd());
        }
        frontEnd.setMemTable(regions, fds);
    }

    /** Sets a queue up and enables it. */
    public void start(int index, int base) {
        Queue queue = queues.get(index);
        RingAreas areas = queue.ring.areas();
        frontEnd.setupVring(
                index,
                queueSize,
                base,
                new VringAddresses(areas.descriptorArea(), areas.deviceArea(), areas.driverArea()),
                queue.fds);
        if (!frontEnd.session().protocolFeatures().isEmpty()) {
            frontEnd.setVringEnable(index, true);
        }
    }

    /** Adopts a guest that another rig has left: its memory and rings, on another device. */
    public static GuestRig moveTo(Path socket, GuestRig from, FrontEndWishes wishes, Consumer<FrontEnd> beforeRings) {
        return new GuestRig(FrontEnd.connect(socket, wishes), from, beforeRings);
    }

    private GuestRig(FrontEnd frontEnd, GuestRig from, Consumer<FrontEnd> beforeRings) {
        this.frontEnd = frontEnd;
        this.memory = from.memory;
        this.features = from.features;
        this.queueSize = from.queueSize;
        this.driverFeatures = from.driverFeatures;
        this.queues.addAll(from.queues);
        frontEnd.setFeatures(driverFeatures);
        beforeRings.accept(frontEnd);
        setMemory();
    }

    /** Leaves, without a word; the guest and its rings stay as they are. */
    public void disconnect() {
        frontEnd.close();
    }

    /** Comes back, as QEMU does after a disconnection; the rings go on where the in-flight region says. */
    public void reconnect(Path socket, Runnable beforeRings) {
        frontEnd = FrontEnd.connect(socket, FrontEndWishes.usual());
        frontEnd.setFeatures(driverFeatures);
        beforeRings.run();
        setMemory();
        for (int i = 0; i < queues.size(); i++) {
            start(i, freshBase());
        }
    }

    /** VHOST_VRING_F_LOG on or off for one ring, at run time. */
    public void logRing(int index, boolean on) {
        RingAreas areas = queues.get(index).ring.areas();
        frontEnd.setVringAddr(
                index,
                on ? 1 : 0,
                new VringAddresses(areas.descriptorArea(), areas.deviceArea(), areas.driverArea()),
                guestAddress(areas.deviceArea()));
    }

    /** The guest address of what the device writes of a ring: the used ring or, packed, the descriptor ring. */
    public long usedRingAddress(int index) {
        RingAreas areas = queues.get(index).ring.areas();
        return guestAddress(features.packed() ? areas.descriptorArea() : areas.deviceArea());
    }

    private long guestAddress(long userAddress) {
        GuestMemoryFile.Region region = memory.regions().getFirst();
        return userAddress - region.userAddress() + region.guestAddress();
    }

    /** Stops a queue, makes a new ring for it and starts it, as a driver does that resets its device. */
    public void recover(int index) {
        frontEnd.getVringBase(index);
        Queue before = queues.get(index);
        DriverQueue ring = DriverQueue.create(memory, queueSize, features, INDIRECT_ENTRIES);
        queues.set(index, new Queue(memory, ring, before.fds));
        start(index, freshBase());
    }

    /** Makes a new ring for a queue, as a driver does that resets its device; it has to be started. */
    public void freshRing(int index) {
        queues.set(
                index,
                new Queue(
                        memory,
                        DriverQueue.create(memory, queueSize, features, INDIRECT_ENTRIES),
                        queues.get(index).fds));
    }

    private int freshBase() {
        return features.packed() ? 0x8000_8000 : 0;
    }

    /** VHOST_F_LOG_ALL on or off, at run time. */
    public void logEverything(boolean on) {
        frontEnd.setFeatures(on ? driverFeatures | VirtioFeature.LOG_ALL.mask() : driverFeatures);
    }

    /** The front end's side of the socket. */
    public FrontEnd frontEnd() {
        return frontEnd;
    }

    /** The guest's memory. */
    public GuestMemoryFile memory() {
        return memory;
    }

    /** A queue. */
    public Queue queue(int index) {
        return queues.get(index);
    }

    /** Waits until something is true, for a bounded time. */
    public static void await(String what, java.util.function.BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("waited in vain for " + what);
            }
            Thread.onSpinWait();
        }
    }

    @Override
    public void close() {
        frontEnd.close();
        queues.forEach(queue -> queue.fds.close());
        memory.close();
    }
}
