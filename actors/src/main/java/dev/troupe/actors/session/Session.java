package dev.troupe.actors.session;

import dev.troupe.transport.memory.DirtyLog;
import dev.troupe.transport.memory.GuestMemory;
import dev.troupe.transport.memory.MemoryAccessException;
import dev.troupe.transport.memory.MemoryRegion;
import dev.troupe.transport.protocol.FrontEndMessage;
import dev.troupe.transport.protocol.FrontEndRequest;
import dev.troupe.transport.protocol.PassedFds;
import dev.troupe.transport.protocol.ProtocolFeature;
import dev.troupe.transport.protocol.RegionDescription;
import dev.troupe.transport.protocol.VirtioFeature;
import dev.troupe.transport.ring.InflightRegion;
import dev.troupe.transport.ring.RingAreas;
import dev.troupe.transport.ring.VringSetup;
import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.SocketFd;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One front end's session: checks what is asked against what was agreed, and keeps the outcome as a
 * {@link SessionRecord}. Owns the descriptors and mappings the record refers to. Used by one thread, but for
 * {@link #record}, which any may read. A refused request leaves everything as it was.
 */
public final class Session implements AutoCloseable {

    /** The largest ring that Linux and QEMU set up. */
    private static final int LEAST_INFLIGHT_ENTRIES = 1024;

    private final DeviceOffer offer;
    private volatile SessionRecord record;

    /** A session that begins. */
    public Session(DeviceOffer offer) {
        this(offer, SessionRecord.initial(offer.queueCount()));
    }

    /** A session that goes on; owns what the record refers to. */
    Session(DeviceOffer offer, SessionRecord record) {
        this.offer = offer;
        this.record = record;
    }

    /**
     * A session with a front end that may go on without a handshake where the one before ended: what that had negotiated
     * holds until this one negotiates anew. Rings still wait for SET_FEATURES.
     */
    public static Session after(SessionRecord before, DeviceOffer offer) {
        Session session = new Session(offer);
        session.record = session.record.remembering(
                before.driverFeatures() & offer.features(), before.protocolFeatures() & offer.protocolFeatures());
        return session;
    }

    /** What has been agreed so far. */
    public SessionRecord record() {
        return record;
    }

    /** What the device offers in this session. */
    public DeviceOffer offer() {
        return offer;
    }

    /** Refuses a message that belongs to a feature that is not in force. */
    public void requireGate(FrontEndMessage message) {
        FrontEndRequest request = FrontEndRequest.ofNumber(message.number())
                .orElseThrow(() -> new RefusedException(message.name() + " is not known"));
        boolean open = request.gate().isOpen(offer.features(), record.driverFeatures(), record.protocolFeatures());
        if (!open) {
            throw new RefusedException(message.name() + " needs " + request.gate());
        }
    }

    /** SET_FEATURES. Without VHOST_USER_F_PROTOCOL_FEATURES every ring is enabled by it. */
    public void setFeatures(long features) {
        long unknown = features & ~offer.features();
        if (unknown != 0) {
            throw new RefusedException("features that were not offered: " + VirtioFeature.describe(unknown));
        }
        long fixed = ~VirtioFeature.LOG_ALL.mask();
        if (record.featuresSet() && anyStarted() && (features & fixed) != (record.driverFeatures() & fixed)) {
            throw new RefusedException("features cannot change while a ring runs");
        }
        SessionRecord next = record.withFeatures(features);
        if (!VirtioFeature.PROTOCOL_FEATURES.isIn(features)) {
            next = next.withVrings(
                    next.vrings().stream().map(vring -> vring.withEnabled(true)).toList());
        }
        record = next;
    }

    /** SET_PROTOCOL_FEATURES; what was not offered is ignored. */
    public void setProtocolFeatures(long features) {
        record = record.withProtocolFeatures(features & offer.protocolFeatures());
    }

    /** SET_BACKEND_REQ_FD; the result is the caller's. */
    public Fd backChannel(PassedFds fds) {
        Fd fd = fds.take();
        if (SocketFd.isUnixStream(fd) && !SocketFd.isListening(fd)) {
            return fd;
        }
        String what = fd.toString();
        fd.close();
        throw new RefusedException(what + " is no connected Unix stream socket");
    }

    /** Whether kicks, calls and errors may be messages; that needs acknowledgements and a back channel too. */
    public boolean inBand() {
        long needed = ProtocolFeature.maskOf(
                ProtocolFeature.INBAND_NOTIFICATIONS, ProtocolFeature.REPLY_ACK, ProtocolFeature.BACKEND_REQ);
        return (record.protocolFeatures() & needed) == needed;
    }

    /** SET_STATUS. */
    public void setStatus(long status) {
        if ((status & ~0xffL) != 0) {
            throw new RefusedException("device status " + Long.toHexString(status) + " is more than a byte");
        }
        record = record.withStatus((int) status);
    }

    /**
     * SET_MEM_TABLE.
     *
     * @return the memory before, which the caller releases when no queue uses it any more
     */
    public GuestMemory setMemory(List<RegionDescription> regions, PassedFds fds) {
        List<MemoryRegion> mapped = new ArrayList<>();
        try {
            for (RegionDescription region : regions) {
                mapped.add(map(region, fds));
            }
            return replaceMemory(GuestMemory.of(mapped));
        } finally {
            mapped.forEach(MemoryRegion::release);
        }
    }

    /** ADD_MEM_REG; returns the memory before, as {@link #setMemory} does. */
    public GuestMemory addRegion(RegionDescription region, PassedFds fds) {
        if (record.memory().regionCount() >= DeviceOffer.MEMORY_SLOTS) {
            throw new RefusedException("more than " + DeviceOffer.MEMORY_SLOTS + " memory regions");
        }
        MemoryRegion mapped = map(region, fds);
        try {
            return replaceMemory(record.memory().with(mapped));
        } finally {
            mapped.release();
        }
    }

    /** REM_MEM_REG; returns the memory before, as {@link #setMemory} does. */
    public GuestMemory removeRegion(RegionDescription region) {
        return replaceMemory(record.memory().without(region.guestAddress(), region.userAddress(), region.sizeBytes()));
    }

    private static MemoryRegion map(RegionDescription region, PassedFds fds) {
        try (Fd fd = fds.take()) {
            return MemoryRegion.map(
                    region.guestAddress(), region.sizeBytes(), region.userAddress(), fd, region.mmapOffset());
        }
    }

    private GuestMemory replaceMemory(GuestMemory memory) {
        GuestMemory before = record.memory();
        record = record.withMemory(memory);
        return before;
    }

    /** SET_VRING_NUM. */
    public void setVringSize(int index, int size) {
        VringRecord vring = stoppedVring(index);
        boolean powerOfTwo = Integer.bitCount(size) == 1;
        if (size < 1 || size > VringSetup.MAX_SIZE || !(powerOfTwo || record.packed())) {
            throw new RefusedException("vring " + index + ": a ring cannot have " + size + " entries");
        }
        record = record.withVring(vring.withSize(size));
    }

    /** SET_VRING_ADDR. On a started ring only logging may change. */
    public void setVringAreas(FrontEndMessage.SetVringAddr message) {
        VringRecord vring = vring(message.index());
        RingAreas areas = new RingAreas(message.descriptors(), message.avail(), message.used());
        if (vring.complete() && !areas.equals(vring.areas())) {
            throw new RefusedException("vring " + message.index() + ": addresses cannot change while the ring runs");
        }
        requireMapped(message.index(), message.descriptors(), 16);
        requireMapped(message.index(), message.avail(), record.packed() ? 4 : 2);
        requireMapped(message.index(), message.used(), 4);
        boolean logged = (message.flags() & FrontEndMessage.SetVringAddr.F_LOG) != 0;
        record = record.withVring(
                vring.withAreas(areas, logged ? message.logGuestAddress() : VringSetup.NO_LOG_ADDRESS));
    }

    private void requireMapped(int index, long userAddress, int alignment) {
        if (userAddress % alignment != 0) {
            throw new RefusedException(
                    "vring %d: address 0x%x is not aligned to %d".formatted(index, userAddress, alignment));
        }
        try {
            record.memory().userRange(userAddress, alignment);
        } catch (MemoryAccessException e) {
            throw new RefusedException("vring " + index + ": " + e.getMessage());
        }
    }

    /** SET_VRING_BASE. */
    public void setVringBase(int index, int base) {
        VringRecord vring = stoppedVring(index);
        if (!record.packed() && (base & ~0xffff) != 0) {
            throw new RefusedException(
                    "vring " + index + ": base " + Integer.toUnsignedString(base) + " is over 65535");
        }
        record = record.withVring(vring.withBase(base));
    }

    /** SET_VRING_KICK: from now on the ring counts as started. */
    public void setVringKick(int index, PassedFds fds) {
        VringRecord vring = vring(index);
        Fd kick = eventFd(index, fds);
        closeFd(vring.kick());
        record = record.withVring(vring.withKick(kick));
    }

    /** SET_VRING_CALL. */
    public void setVringCall(int index, PassedFds fds) {
        VringRecord vring = vring(index);
        Fd call = eventFd(index, fds);
        closeFd(vring.call());
        record = record.withVring(vring.withCall(call));
    }

    /** SET_VRING_ERR. */
    public void setVringError(int index, PassedFds fds) {
        VringRecord vring = vring(index);
        Fd error = eventFd(index, fds);
        closeFd(vring.error());
        record = record.withVring(vring.withError(error));
    }

    private static @Nullable Fd eventFd(int index, PassedFds fds) {
        if (fds.isEmpty()) {
            return null;
        }
        Fd fd = fds.take();
        if (!EventFd.isEventFd(fd)) {
            String what = fd.toString();
            fd.close();
            throw new RefusedException("vring " + index + ": " + what + " is no eventfd");
        }
        return fd;
    }

    /** SET_VRING_ENABLE. */
    public void setVringEnabled(int index, boolean enabled) {
        record = record.withVring(vring(index).withEnabled(enabled));
    }

    /** GET_VRING_BASE, once the ring has stopped there: kick and call are released, addresses forgotten. */
    public void vringStopped(int index, int base) {
        VringRecord vring = vring(index);
        closeFd(vring.kick());
        closeFd(vring.call());
        close(vring.ownLog());
        record = record.withVring(vring.stopped(base));
    }

    /** RESET_DEVICE, once the rings have stopped: every ring is disabled. */
    public void disableRings() {
        record = record.withVrings(
                record.vrings().stream().map(vring -> vring.withEnabled(false)).toList());
    }

    /**
     * SET_LOG_BASE.
     *
     * @return the log before, which the caller closes when no queue uses it any more
     */
    public @Nullable DirtyLog setDirtyLog(long offset, long sizeBytes, PassedFds fds) {
        try (Fd fd = fds.take()) {
            DirtyLog before = record.dirtyLog();
            record = record.withDirtyLog(DirtyLog.map(fd, offset, sizeBytes));
            return before;
        }
    }

    /** GET_INFLIGHT_FD: makes a region that is handed to the front end, which hands it back with SET_INFLIGHT_FD. */
    public InflightRegion makeInflight(int queueCount, int queueSize) {
        requireInflightShape(queueCount, queueSize);
        return InflightRegion.create(queueCount, roomyEntries(queueSize), record.packed());
    }

    /** QEMU asks for the size its device was given, and then sets rings up that the guest has made larger. */
    private static int roomyEntries(int queueSize) {
        return Math.max(queueSize, LEAST_INFLIGHT_ENTRIES);
    }

    /** A region of our own making is recognised by its length; any other one has what its description says. */
    private int entriesOf(dev.troupe.transport.protocol.InflightRegion description) {
        int roomy = roomyEntries(description.queueSize());
        long roomyBytes = InflightRegion.sizeBytes(description.numQueues(), roomy, record.packed());
        return description.mmapSizeBytes() == roomyBytes ? roomy : description.queueSize();
    }

    /** SET_INFLIGHT_FD. */
    public void setInflight(dev.troupe.transport.protocol.InflightRegion description, PassedFds fds) {
        requireInflightShape(description.numQueues(), description.queueSize());
        if (anyStarted()) {
            throw new RefusedException("the in-flight region cannot change while a ring runs");
        }
        try (Fd fd = fds.take()) {
            InflightRegion region = InflightRegion.accept(
                    fd,
                    description.mmapOffset(),
                    description.mmapSizeBytes(),
                    new InflightRegion.Shape(description.numQueues(), entriesOf(description), record.packed()));
            close(record.inflight());
            record = record.withInflight(region);
        }
    }

    /**
     * A ring stopped and the front end is told where. If nothing was left undone, the front end knows all there is to
     * know, and may set the ring up at any other place: what the in-flight region says of it counts no longer.
     */
    public void forgetFinished(int index) {
        InflightRegion region = record.inflight();
        if (region != null && index < region.queues()) {
            region.forgetFinished(index);
        }
    }

    /** Sees to it that a complete vring's unfinished requests are remembered somewhere, whatever the front end wants. */
    public void giveLog(int index) {
        VringRecord vring = vring(index);
        if (vring.ownLog() == null && record.sharedLogOf(vring) == null) {
            record = record.withVring(vring.withOwnLog(InflightRegion.create(1, vring.size(), record.packed())));
        }
    }

    private void requireInflightShape(int queueCount, int queueSize) {
        if (queueCount < 1 || queueCount > offer.queueCount() || queueSize < 1 || queueSize > VringSetup.MAX_SIZE) {
            throw new RefusedException(
                    "an in-flight region of " + queueCount + " queues with " + queueSize + " entries");
        }
    }

    private static void close(@Nullable InflightRegion region) {
        if (region != null) {
            region.close();
        }
    }

    /** One vring. */
    public VringRecord vring(int index) {
        // Guest-controlled: the index comes from the wire.
        if (index < 0 || index >= record.vrings().size()) {
            throw new RefusedException(
                    "vring " + index + " of a device with " + record.vrings().size());
        }
        return record.vrings().get(index);
    }

    private VringRecord stoppedVring(int index) {
        VringRecord vring = vring(index);
        if (vring.complete()) {
            throw new RefusedException("vring " + index + ": the ring runs");
        }
        return vring;
    }

    /**
     * Whether GET_VRING_BASE leaves requests under way in the in-flight region. A front end that knows the other message
     * for that (GET_VRING_BASE_SKIP_DRAIN) means by this one that they are to be finished.
     */
    public boolean suspendsByDefault() {
        return ProtocolFeature.GET_VRING_BASE_INFLIGHT.isIn(record.protocolFeatures())
                && !ProtocolFeature.GET_VRING_BASE_SKIP_DRAIN.isIn(record.protocolFeatures());
    }

    /** Refuses what is only allowed while every ring is stopped (vhost-user, "Suspended device state"). */
    public void requireSuspended() {
        if (anyStarted()) {
            throw new RefusedException("a ring runs; all have to be stopped first");
        }
    }

    private boolean anyStarted() {
        return record.vrings().stream().anyMatch(VringRecord::complete);
    }

    /** Gives everything up. No queue may be at work. */
    @Override
    public void close() {
        for (VringRecord vring : record.vrings()) {
            closeFd(vring.kick());
            closeFd(vring.call());
            closeFd(vring.error());
            close(vring.ownLog());
        }
        DirtyLog log = record.dirtyLog();
        if (log != null) {
            log.close();
        }
        close(record.inflight());
        record.memory().release();
    }

    private static void closeFd(@Nullable Fd fd) {
        if (fd != null) {
            fd.close();
        }
    }
}
