package dev.troupe.actors.session;

import dev.troupe.transport.memory.DirtyLog;
import dev.troupe.transport.memory.GuestMemory;
import dev.troupe.transport.protocol.VirtioFeature;
import dev.troupe.transport.ring.InflightRegion;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that a session is: from this and the rings themselves every queue can be taken up again. Immutable; what it refers
 * to (descriptors, mappings) is owned by the {@link Session} that made it.
 *
 * @param driverFeatures the features that the driver acknowledged, the front end's bits included
 * @param featuresSet whether SET_FEATURES has arrived
 * @param protocolFeatures the protocol features in force
 * @param memory the guest's memory
 * @param vrings the vrings, by number
 * @param dirtyLog where writes to guest memory are logged, if a migration is under way
 * @param inflight the in-flight region shared with the front end, if it has one
 * @param status the driver's device status, as SET_STATUS gave it
 */
public record SessionRecord(
        long driverFeatures,
        boolean featuresSet,
        long protocolFeatures,
        GuestMemory memory,
        List<VringRecord> vrings,
        @Nullable DirtyLog dirtyLog,
        @Nullable InflightRegion inflight,
        int status) {

    /** Copies the list. */
    public SessionRecord {
        vrings = List.copyOf(vrings);
    }

    static SessionRecord initial(int queueCount) {
        List<VringRecord> vrings = new ArrayList<>();
        for (int i = 0; i < queueCount; i++) {
            vrings.add(VringRecord.initial(i));
        }
        return new SessionRecord(0, false, 0, GuestMemory.empty(), vrings, null, null, 0);
    }

    SessionRecord remembering(long features, long protocol) {
        return new SessionRecord(features, false, protocol, memory, vrings, dirtyLog, inflight, status);
    }

    /** Whether the rings are packed. */
    public boolean packed() {
        return VirtioFeature.RING_PACKED.isIn(driverFeatures);
    }

    /** Whether writes are to be logged now. */
    public boolean logging() {
        return VirtioFeature.LOG_ALL.isIn(driverFeatures) && dirtyLog != null;
    }

    /** Where a vring's unfinished requests are remembered by the front end, if its region has room for this one. */
    public @Nullable InflightRegion sharedLogOf(VringRecord vring) {
        return inflight != null
                        && vring.index() < inflight.queues()
                        && vring.size() <= inflight.queueSize()
                        && inflight.packed() == packed()
                ? inflight
                : null;
    }

    SessionRecord withFeatures(long features) {
        return new SessionRecord(features, true, protocolFeatures, memory, vrings, dirtyLog, inflight, status);
    }

    SessionRecord withProtocolFeatures(long features) {
        return new SessionRecord(driverFeatures, featuresSet, features, memory, vrings, dirtyLog, inflight, status);
    }

    SessionRecord withMemory(GuestMemory newMemory) {
        return new SessionRecord(
                driverFeatures, featuresSet, protocolFeatures, newMemory, vrings, dirtyLog, inflight, status);
    }

    SessionRecord withVring(VringRecord vring) {
        List<VringRecord> changed = new ArrayList<>(vrings);
        changed.set(vring.index(), vring);
        return withVrings(changed);
    }

    SessionRecord withVrings(List<VringRecord> newVrings) {
        return new SessionRecord(
                driverFeatures, featuresSet, protocolFeatures, memory, newVrings, dirtyLog, inflight, status);
    }

    SessionRecord withDirtyLog(@Nullable DirtyLog log) {
        return new SessionRecord(driverFeatures, featuresSet, protocolFeatures, memory, vrings, log, inflight, status);
    }

    SessionRecord withInflight(@Nullable InflightRegion region) {
        return new SessionRecord(
                driverFeatures, featuresSet, protocolFeatures, memory, vrings, dirtyLog, region, status);
    }

    SessionRecord withStatus(int newStatus) {
        return new SessionRecord(
                driverFeatures, featuresSet, protocolFeatures, memory, vrings, dirtyLog, inflight, newStatus);
    }
}
