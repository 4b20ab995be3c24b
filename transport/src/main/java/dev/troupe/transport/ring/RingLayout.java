package dev.troupe.transport.ring;

import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Offsets, flags and access layouts of both ring formats (Virtual I/O Device 1.4, 2.7 and 2.8). All is little-endian.
 *
 * <pre>
 * descriptor, split:   u64 addr | u32 len | u16 flags | u16 next
 * descriptor, packed:  u64 addr | u32 len | u16 id    | u16 flags
 * available ring:      u16 flags | u16 idx | u16 ring[N] | u16 used_event
 * used ring:           u16 flags | u16 idx | { u32 id, u32 len } ring[N] | u16 avail_event
 * event suppression:   u16 off (15) + wrap (1) | u16 flags
 * </pre>
 */
public final class RingLayout {

    /** A byte, for data. */
    public static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    /** A u16 of a ring, at an even address. */
    public static final ValueLayout.OfShort SHORT_ALIGNED = ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN);
    /** A u32 of a ring, at a multiple of four. */
    public static final ValueLayout.OfInt INT_ALIGNED = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
    /** A u16 at any address. */
    public static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    /** A u32 at any address. */
    public static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    /** A u64 at any address. */
    public static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Reads a u16 with acquire; takes (segment, offset). Never used to write. */
    public static final VarHandle ACQUIRED_SHORT = SHORT_ALIGNED.varHandle();

    /** Size of a descriptor in both formats. */
    public static final int DESCRIPTOR_BYTES = 16;
    /** Where length, flags and next (split) or length, id and flags (packed) start: read as one u64. */
    public static final int DESCRIPTOR_WORD_OFFSET = 8;

    /** VIRTQ_DESC_F_NEXT: the chain goes on. */
    public static final int FLAG_NEXT = 1;
    /** VIRTQ_DESC_F_WRITE: the device writes the buffer. */
    public static final int FLAG_WRITE = 2;
    /** VIRTQ_DESC_F_INDIRECT: the buffer is a table of descriptors. */
    public static final int FLAG_INDIRECT = 4;
    /** VIRTQ_DESC_F_AVAIL, packed only. */
    public static final int FLAG_AVAIL = 1 << 7;
    /** VIRTQ_DESC_F_USED, packed only. */
    public static final int FLAG_USED = 1 << 15;

    /** Flags of an available or used ring. */
    public static final int FLAGS_OFFSET = 0;
    /** Index of an available or used ring. */
    public static final int IDX_OFFSET = 2;
    /** First entry of an available or used ring. */
    public static final int RING_OFFSET = 4;
    /** Size of an entry of the available ring. */
    public static final int AVAIL_ENTRY_BYTES = 2;
    /** Size of an entry of the used ring: u32 id, u32 len. */
    public static final int USED_ENTRY_BYTES = 8;
    /** VIRTQ_AVAIL_F_NO_INTERRUPT: the driver wants no calls. */
    public static final int NO_INTERRUPT = 1;
    /** VIRTQ_USED_F_NO_NOTIFY: the device wants no kicks. */
    public static final int NO_NOTIFY = 1;

    /** Buffer id of a packed descriptor. */
    public static final int PACKED_ID_OFFSET = 12;

    /** Flags of a packed descriptor. */
    public static final int PACKED_FLAGS_OFFSET = 14;
    /** Size of an event suppression area. */
    public static final int EVENT_AREA_BYTES = 4;
    /** RING_EVENT_FLAGS_ENABLE. */
    public static final int EVENT_ENABLE = 0;
    /** RING_EVENT_FLAGS_DISABLE. */
    public static final int EVENT_DISABLE = 1;
    /** RING_EVENT_FLAGS_DESC: at the position given. */
    public static final int EVENT_DESCRIPTOR = 2;
    /** The wrap counter in a packed position. */
    public static final int WRAP_BIT = 15;
    /** The offset in a packed position. */
    public static final int POSITION_MASK = 0x7fff;

    /** Alignment of the descriptor area, both formats. */
    public static final int DESCRIPTOR_ALIGNMENT = 16;
    /** Alignment of the available ring. */
    public static final int AVAIL_ALIGNMENT = 2;
    /** Alignment of the used ring and of both event suppression areas. */
    public static final int USED_ALIGNMENT = 4;

    private RingLayout() {}

    /** Bytes of an available ring; the last two only exist with VIRTIO_F_EVENT_IDX. */
    public static long availBytes(int size, boolean eventIdx) {
        return RING_OFFSET + (long) AVAIL_ENTRY_BYTES * size + (eventIdx ? Short.BYTES : 0);
    }

    /** Bytes of a used ring; the last two only exist with VIRTIO_F_EVENT_IDX. */
    public static long usedBytes(int size, boolean eventIdx) {
        return RING_OFFSET + (long) USED_ENTRY_BYTES * size + (eventIdx ? Short.BYTES : 0);
    }
}
