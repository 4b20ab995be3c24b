package dev.troupe.actors.session;

import dev.troupe.actors.vault.DeviceRecord;
import dev.troupe.actors.vault.RecordException;
import dev.troupe.transport.memory.DirtyLog;
import dev.troupe.transport.memory.GuestMemory;
import dev.troupe.transport.memory.MemoryAccessException;
import dev.troupe.transport.memory.MemoryRegion;
import dev.troupe.transport.ring.InflightRegion;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.SysException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A session as a later process needs it: the record with names in place of descriptors, and from that a session again.
 */
public final class SessionSnapshot {

    private final Function<String, Optional<Fd>> descriptors;
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    private SessionSnapshot(Function<String, Optional<Fd>> descriptors) {
        this.descriptors = descriptors;
    }

    /**
     * What a session has agreed.
     *
     * @param record the session's record
     * @param naming gives a descriptor its name, from what it is and itself
     */
    public static DeviceRecord.Agreed of(SessionRecord record, BiFunction<String, Fd, String> naming) {
        DirtyLog log = record.dirtyLog();
        return new DeviceRecord.Agreed(
                record.driverFeatures(),
                record.featuresSet(),
                record.protocolFeatures(),
                record.status(),
                record.memory().regions().stream()
                        .map(region -> new DeviceRecord.Region(
                                region.guestAddress(),
                                region.sizeBytes(),
                                region.userAddress(),
                                region.mmapOffset(),
                                naming.apply("mem", region.fd())))
                        .toList(),
                record.vrings().stream().map(vring -> vring(vring, naming)).toList(),
                log == null ? null : new DeviceRecord.Log(log.offset(), log.sizeBytes(), naming.apply("log", log.fd())),
                inflight(record.inflight(), naming));
    }

    private static DeviceRecord.Vring vring(VringRecord vring, BiFunction<String, Fd, String> naming) {
        return new DeviceRecord.Vring(
                vring.size(),
                vring.areas(),
                vring.logAddress(),
                vring.base(),
                vring.started(),
                vring.enabled(),
                new DeviceRecord.EventFds(
                        name("kick", vring.kick(), naming),
                        name("call", vring.call(), naming),
                        name("err", vring.error(), naming)),
                inflight(vring.ownLog(), naming));
    }

    private static @Nullable String name(String what, @Nullable Fd fd, BiFunction<String, Fd, String> naming) {
        return fd == null ? null : naming.apply(what, fd);
    }

    private static DeviceRecord.@Nullable Inflight inflight(
            @Nullable InflightRegion region, BiFunction<String, Fd, String> naming) {
        return region == null
                ? null
                : new DeviceRecord.Inflight(
                        region.queues(),
                        region.queueSize(),
                        region.packed(),
                        region.mmapOffset(),
                        region.mmapSizeBytes(),
                        naming.apply("inflight", region.fd()));
    }

    /**
     * Makes a session go on.
     *
     * @param agreed what was agreed
     * @param offer what was offered
     * @param descriptors finds what is kept under a name; what it gives is owned by whoever asks
     * @return the session, owned by the caller
     * @throws RecordException if something is missing or cannot be used any more; nothing stays open then
     */
    public static Session restore(
            DeviceRecord.Agreed agreed, DeviceOffer offer, Function<String, Optional<Fd>> descriptors) {
        SessionSnapshot restoring = new SessionSnapshot(descriptors);
        try {
            return new Session(offer, restoring.record(agreed, offer));
        } catch (MemoryAccessException | SysException | IllegalArgumentException e) {
            restoring.undo();
            throw new RecordException(String.valueOf(e.getMessage()));
        } catch (RecordException e) {
            restoring.undo();
            throw e;
        }
    }

    private void undo() {
        while (!opened.isEmpty()) {
            try {
                opened.removeLast().close();
            } catch (Exception e) {
                throw new IllegalStateException("closing what was opened for a session failed", e);
            }
        }
    }

    private SessionRecord record(DeviceRecord.Agreed agreed, DeviceOffer offer) {
        if (agreed.vrings().size() != offer.queueCount()) {
            throw new RecordException(
                    "it tells of " + agreed.vrings().size() + " vrings of a device with " + offer.queueCount());
        }
        GuestMemory memory = memory(agreed.regions());
        List<VringRecord> vrings = new ArrayList<>();
        for (int i = 0; i < agreed.vrings().size(); i++) {
            vrings.add(vring(i, agreed.vrings().get(i)));
        }
        DeviceRecord.Log log = agreed.dirtyLog();
        return new SessionRecord(
                agreed.driverFeatures(),
                agreed.featuresSet(),
                agreed.protocolFeatures(),
                memory,
                vrings,
                log == null ? null : dirtyLog(log),
                inflight(agreed.inflight()),
                agreed.status());
    }

    private GuestMemory memory(List<DeviceRecord.Region> regions) {
        List<MemoryRegion> mapped = new ArrayList<>();
        try {
            for (DeviceRecord.Region region : regions) {
                try (Fd file = open(region.fd())) {
                    mapped.add(MemoryRegion.map(
                            region.guestAddress(), region.sizeBytes(), region.userAddress(), file, region.offset()));
                }
            }
            GuestMemory memory = GuestMemory.of(mapped);
            opened.add(memory::release);
            return memory;
        } finally {
            mapped.forEach(MemoryRegion::release);
        }
    }

    private VringRecord vring(int index, DeviceRecord.Vring vring) {
        return new VringRecord(
                index,
                vring.size(),
                vring.areas(),
                vring.logAddress(),
                vring.base(),
                kept(vring.fds().kick()),
                kept(vring.fds().call()),
                kept(vring.fds().error()),
                vring.started(),
                vring.enabled(),
                inflight(vring.ownLog()));
    }

    private @Nullable Fd kept(@Nullable String name) {
        if (name == null) {
            return null;
        }
        Fd fd = open(name);
        opened.add(fd);
        return fd;
    }

    private DirtyLog dirtyLog(DeviceRecord.Log log) {
        try (Fd file = open(log.fd())) {
            DirtyLog mapped = DirtyLog.map(file, log.offset(), log.sizeBytes());
            opened.add(mapped);
            return mapped;
        }
    }

    private @Nullable InflightRegion inflight(DeviceRecord.@Nullable Inflight inflight) {
        if (inflight == null) {
            return null;
        }
        try (Fd file = open(inflight.fd())) {
            InflightRegion region = InflightRegion.accept(
                    file,
                    inflight.offset(),
                    inflight.sizeBytes(),
                    new InflightRegion.Shape(inflight.queues(), inflight.queueSize(), inflight.packed()));
            opened.add(region);
            return region;
        }
    }

    private Fd open(String name) {
        return descriptors.apply(name).orElseThrow(() -> new RecordException("'" + name + "' was not kept"));
    }
}
