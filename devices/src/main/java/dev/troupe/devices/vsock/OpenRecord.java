package dev.troupe.devices.vsock;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.SavedState;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.Mapping;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Which connections a guest has open, in memory that outlives the device and the process: connections do not, so whoever comes
 * next has to tell the guest that they are over. Nothing in it is trusted.
 *
 * <pre>
 * entry:  0 u32 type, 0 for none   4 u32 peer CID   8 u32 peer port   12 u32 guest port
 * </pre>
 */
final class OpenRecord implements AutoCloseable {
    private static final int ENTRIES = VsockSettings.MOST_CONNECTIONS;
    private static final int ENTRY_BYTES = 16;

    /** How large the memory is. */
    static final long BYTES = (long) ENTRIES * ENTRY_BYTES;

    private static final int PEER_CID = 4;
    private static final int PEER_PORT = 8;
    private static final int GUEST_PORT = 12;
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT;
    private static final int STATE_VERSION = 1;

    /** More than these do not fit into a saved state; the guest finds out when it uses the others. */
    private static final int MOST_SAVED = 8192;

    private final Mapping mapping;
    private final MemorySegment entries;
    private final ArrayDeque<Integer> free = new ArrayDeque<>();
    private int firstUnused;
    private int used;

    private OpenRecord(Mapping mapping) {
        this.mapping = mapping;
        this.entries = mapping.segment();
        for (int slot = 0; slot < ENTRIES; slot++) {
            if (isValid(type(slot))) {
                firstUnused = slot + 1;
            }
        }
        for (int slot = firstUnused - 1; slot >= 0; slot--) {
            if (!isValid(type(slot))) {
                free.push(slot);
            }
        }
        used = firstUnused - free.size();
    }

    /**
     * Takes over what an earlier life of the device has left.
     *
     * @param memory {@link #BYTES} long; closed
     */
    static OpenRecord over(Fd memory) {
        try (memory) {
            return new OpenRecord(Mapping.map(memory, 0, BYTES, true));
        }
    }

    private static boolean isValid(int type) {
        return type == VsockWire.VIRTIO_VSOCK_TYPE_STREAM || type == VsockWire.VIRTIO_VSOCK_TYPE_SEQPACKET;
    }

    private static long at(int slot) {
        return (long) slot * ENTRY_BYTES;
    }

    private int type(int slot) {
        return entries.get(U32, at(slot));
    }

    /** Whether there is a place for one more. */
    boolean hasRoom() {
        return used < ENTRIES;
    }

    /** Notes a connection down; returns its place. */
    int add(Flow flow) {
        Integer again = free.poll();
        int slot = again != null ? again : firstUnused++;
        used++;
        entries.set(U32, at(slot) + PEER_CID, flow.peerCid);
        entries.set(U32, at(slot) + PEER_PORT, flow.peerPort);
        entries.set(U32, at(slot) + GUEST_PORT, flow.guestPort);
        entries.set(U32, at(slot), flow.type);
        return slot;
    }

    /** A connection is over, and the guest knows. */
    void remove(int slot) {
        entries.set(U32, at(slot), 0);
        free.push(slot);
        used--;
    }

    /** The connection in a place. */
    Flow flow(int slot) {
        return new Flow()
                .set(
                        entries.get(U32, at(slot) + PEER_CID),
                        entries.get(U32, at(slot) + PEER_PORT),
                        entries.get(U32, at(slot) + GUEST_PORT),
                        type(slot));
    }

    /** The places of all connections. */
    ArrayDeque<Integer> all() {
        ArrayDeque<Integer> slots = new ArrayDeque<>();
        for (int slot = 0; slot < firstUnused; slot++) {
            if (isValid(type(slot))) {
                slots.add(slot);
            }
        }
        return slots;
    }

    /** All connections, for where the memory does not go. */
    SavedState save() {
        ArrayDeque<Integer> slots = all();
        int count = Math.min(MOST_SAVED, slots.size());
        ByteBuffer body = ByteBuffer.allocate(count * ENTRY_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            Flow flow = flow(slots.remove());
            body.putInt(flow.type).putInt(flow.peerCid).putInt(flow.peerPort).putInt(flow.guestPort);
        }
        return SavedState.of(STATE_VERSION, body.array());
    }

    /** Adds what was saved elsewhere; the places of what was not here yet. */
    List<Integer> addAll(List<Flow> flows) {
        Set<Flow> fresh = new LinkedHashSet<>(flows);
        all().forEach(slot -> fresh.remove(flow(slot)));
        return fresh.stream().limit(ENTRIES - (long) used).map(this::add).toList();
    }

    /** What {@link #save} has saved, perhaps on another host. */
    static List<Flow> parse(SavedState state) throws DeviceException {
        if (state.equals(SavedState.NONE)) {
            return List.of();
        }
        if (state.version() != STATE_VERSION) {
            throw new DeviceException("The state of a socket device has version " + state.version() + "; version "
                    + STATE_VERSION + " is understood.");
        }
        ByteBuffer body = ByteBuffer.wrap(state.contents()).order(ByteOrder.LITTLE_ENDIAN);
        if (body.limit() % ENTRY_BYTES != 0 || body.limit() / ENTRY_BYTES > MOST_SAVED) {
            throw new DeviceException("The state of a socket device has " + body.limit() + " bytes, which is no list of"
                    + " at most " + MOST_SAVED + " connections.");
        }
        List<Flow> flows = new ArrayList<>();
        while (body.hasRemaining()) {
            int type = body.getInt();
            if (!isValid(type)) {
                throw new DeviceException("The state of a socket device names a connection of type " + type + ".");
            }
            flows.add(new Flow().set(body.getInt(), body.getInt(), body.getInt(), type));
        }
        return flows;
    }

    @Override
    public void close() {
        mapping.close();
    }
}
