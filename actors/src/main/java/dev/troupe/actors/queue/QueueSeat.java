package dev.troupe.actors.queue;

import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.transport.memory.DirtyLog;
import dev.troupe.transport.memory.GuestMemory;
import dev.troupe.transport.protocol.VirtioFeature;
import dev.troupe.transport.ring.InflightLog;
import dev.troupe.transport.ring.InflightRegion;
import dev.troupe.transport.ring.RingAreas;
import dev.troupe.transport.ring.RingFeatures;
import dev.troupe.transport.ring.VirtQueue;
import dev.troupe.transport.ring.VringSetup;
import dev.troupe.transport.sys.Fd;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a queue is made from, and what outlives its handler, its runner and the incarnations of its actor. Made by
 * whoever starts the queue; from then on only the queue's event loop touches it. Owns its descriptors and its hold on
 * the guest's memory.
 */
public final class QueueSeat implements AutoCloseable {

    private final RingParameters ring;
    private final QueuePolicy policy;
    private final QueueMonitor monitor;
    private final Inflight inflight;
    private final QuietSteps whenQuiet = new QuietSteps();

    private GuestMemory memory;
    private @Nullable DirtyLog dirtyLog;
    private long logAddress = VringSetup.NO_LOG_ADDRESS;
    private @Nullable Fd kick;
    private @Nullable Fd call;
    private @Nullable Fd error;
    private @Nullable VirtioDevice device;
    private boolean enabled;
    private boolean broken;
    private boolean stopped;
    private long base;
    private int runnersLeaving;
    private boolean closing;

    /**
     * What a ring looks like and where it is.
     *
     * @param index the queue's number
     * @param size the entries of the ring
     * @param driverFeatures the features that the driver acknowledged
     * @param areas the front end's addresses of its parts
     * @param base where it goes on, as SET_VRING_BASE has it
     */
    public record RingParameters(int index, int size, long driverFeatures, RingAreas areas, int base) {

        RingFeatures features() {
            return new RingFeatures(
                    VirtioFeature.RING_PACKED.isIn(driverFeatures),
                    VirtioFeature.EVENT_IDX.isIn(driverFeatures),
                    VirtioFeature.INDIRECT_DESC.isIn(driverFeatures),
                    VirtioFeature.IN_ORDER.isIn(driverFeatures));
        }
    }

    /**
     * Where the unfinished requests of a queue are remembered.
     *
     * @param region the region, which outlives the seat
     * @param index which log of the region
     * @param takenUp whether the queue goes on where an earlier process left it: then ring and log say where that is, and
     *     the base does not count
     */
    public record Inflight(InflightRegion region, int index, boolean takenUp) {

        InflightLog log() {
            return region.log(index);
        }

        /** Whether the ring has to be asked: a packed one's log says it in any case, and a fresh log says nothing. */
        boolean asksRing() {
            return takenUp && !region.packed() && !region.isFresh(index);
        }
    }

    /**
     * How a queue is run.
     *
     * @param deviceName the device's name, for the log
     * @param busyPollNow how long the loop looks for further requests before it sleeps; asked when the ring is opened
     * @param drainTimeoutNow how long requests under way are waited for when the queue stops; asked when it does
     * @param messaged whether kicks, calls and errors without an eventfd are messages (in-band notifications)
     */
    public record QueuePolicy(
            String deviceName, Supplier<Duration> busyPollNow, Supplier<Duration> drainTimeoutNow, boolean messaged) {

        Duration busyPoll() {
            return busyPollNow.get();
        }

        Duration drainTimeout() {
            return drainTimeoutNow.get();
        }
    }

    /**
     * Creates a seat.
     *
     * @param ring the ring
     * @param policy how it is run
     * @param monitor where its figures go
     * @param inflight where its unfinished requests are remembered
     * @param memory the guest's memory; the seat retains it
     * @param kick the eventfd that the driver kicks, owned by the seat from now on; null to look at the ring unasked
     */
    public QueueSeat(
            RingParameters ring,
            QueuePolicy policy,
            QueueMonitor monitor,
            Inflight inflight,
            GuestMemory memory,
            @Nullable Fd kick) {
        this.ring = ring;
        this.policy = policy;
        this.monitor = monitor;
        this.inflight = inflight;
        this.memory = memory.retain();
        this.kick = kick;
        this.base = inflight.asksRing() ? VringSetup.BASE_FROM_RING : Integer.toUnsignedLong(ring.base());
    }

    /** Where calls and errors go, owned by the seat from now on. Before the queue's actor starts. */
    public QueueSeat withEventFds(@Nullable Fd callFd, @Nullable Fd errorFd) {
        call(callFd);
        error(errorFd);
        return this;
    }

    /** What the queue logs writes to from its start. Before its actor starts. */
    public QueueSeat withDirtyLog(@Nullable DirtyLog log, long ringLogAddress) {
        dirtyLog(log, ringLogAddress);
        return this;
    }

    /** Whether the queue starts enabled, and the device it starts with, if it is there. Before its actor starts. */
    public QueueSeat startingWith(boolean isEnabled, @Nullable VirtioDevice openDevice) {
        enabled = isEnabled;
        device = openDevice;
        return this;
    }

    VirtQueue openRing() {
        monitor.ring(ring.size(), ring.features().packed());
        return VirtQueue.open(VringSetup.of(ring.index(), ring.size(), ring.features(), ring.areas(), memory)
                .withBase(base)
                .withInflightLog(inflight.log())
                .withDirtyLog(dirtyLog, logAddress));
    }

    RingParameters ring() {
        return ring;
    }

    QueuePolicy policy() {
        return policy;
    }

    QueueMonitor monitor() {
        return monitor;
    }

    @Nullable
    Fd kick() {
        return kick;
    }

    /** Sets what the driver kicks; the one before, which may still be watched, is the caller's. */
    @Nullable
    Fd exchangeKick(@Nullable Fd fd) {
        Fd before = kick;
        kick = fd;
        return before;
    }

    @Nullable
    Fd call() {
        return call;
    }

    void call(@Nullable Fd fd) {
        closeFd(call);
        call = fd;
    }

    @Nullable
    Fd error() {
        return error;
    }

    void error(@Nullable Fd fd) {
        closeFd(error);
        error = fd;
    }

    GuestMemory memory() {
        return memory;
    }

    void memory(GuestMemory now) {
        GuestMemory before = memory;
        memory = now.retain();
        before.release();
    }

    @Nullable
    DirtyLog dirtyLog() {
        return dirtyLog;
    }

    long logAddress() {
        return logAddress;
    }

    void dirtyLog(@Nullable DirtyLog now, long ringLogAddress) {
        dirtyLog = now;
        logAddress = ringLogAddress;
    }

    @Nullable
    VirtioDevice device() {
        return device;
    }

    void device(@Nullable VirtioDevice now) {
        device = now;
    }

    boolean enabled() {
        return enabled;
    }

    void enabled(boolean now) {
        enabled = now;
    }

    /** Whether the guest broke the ring; it stays so until the queue is stopped. */
    boolean broken() {
        return broken;
    }

    void markBroken() {
        broken = true;
    }

    /** Whether the ring has been stopped for good: the queue's actor ends. */
    boolean stopped() {
        return stopped;
    }

    void markStopped() {
        stopped = true;
    }

    /** What is done once nothing is under way. */
    QuietSteps whenQuiet() {
        return whenQuiet;
    }

    /** Where the ring stands, as GET_VRING_BASE has it; right while no runner is at work, after {@link #findBase}. */
    long base() {
        return base;
    }

    /** Asks the ring where it stands if nobody has opened it since it was taken up. No runner may be at work. */
    void findBase() {
        if (base != VringSetup.BASE_FROM_RING) {
            return;
        }
        try (VirtQueue opened = openRing()) {
            base = opened.base();
        } catch (RuntimeException e) {
            // Whoever opens the ring to serve it will find out the same, and say it.
            base = Integer.toUnsignedLong(ring.base());
        }
    }

    void base(long now) {
        base = now;
    }

    /** Whether the kernel may still be at work for a runner that was given up. */
    boolean quiet() {
        return runnersLeaving == 0;
    }

    void runnerLeaves() {
        runnersLeaving++;
    }

    void runnerLeft() {
        runnersLeaving--;
        if (closing && quiet()) {
            close();
        }
    }

    /** Gives up the descriptors and the memory as soon as the kernel has finished with them. */
    void closeWhenQuiet() {
        closing = true;
        if (quiet()) {
            close();
        }
    }

    /** Gives up the descriptors and the memory of a seat that no actor has taken. */
    @Override
    public void close() {
        call(null);
        error(null);
        closeFd(kick);
        memory.release();
    }

    private static void closeFd(@Nullable Fd fd) {
        if (fd != null) {
            fd.close();
        }
    }
}
