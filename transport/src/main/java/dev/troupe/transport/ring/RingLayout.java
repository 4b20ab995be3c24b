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
final class RingLayout {

    static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    static final ValueLayout.OfShort SHORT_ALIGNED = ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT_ALIGNED = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Reads a u16 with acquire; takes (segment, offset). Never used to write. */
    static final VarHandle ACQUIRED_SHORT = SHORT_ALIGNED.varHandle();

    static final int DESCRIPTOR_BYTES = 16;
    static final int DESCRIPTOR_WORD_OFFSET = 8;

    static final int FLAG_NEXT = 1;
    static final int FLAG_WRITE = 2;
    static final int FLAG_INDIRECT = 4;
    static final int FLAG_AVAIL = 1 << 7;
    static final int FLAG_USED = 1 << 15;

    static final int FLAGS_OFFSET = 0;
    static final int IDX_OFFSET = 2;
    static final int RING_OFFSET = 4;
    static final int AVAIL_ENTRY_BYTES = 2;
    static final int USED_ENTRY_BYTES = 8;
    static final int NO_INTERRUPT = 1;
    static final int NO_NOTIFY = 1;

    static final int PACKED_FLAGS_OFFSET = 14;
    static final int EVENT_AREA_BYTES = 4;
    static final int EVENT_ENABLE = 0;
    static final int EVENT_DISABLE = 1;
    static final int EVENT_DESCRIPTOR = 2;
    static final int WRAP_BIT = 15;
    static final int POSITION_MASK = 0x7fff;

    static final int DESCRIPTOR_ALIGNMENT = 16;
    static final int AVAIL_ALIGNMENT = 2;
    static final int USED_ALIGNMENT = 4;

    private RingLayout() {}

    /** Bytes of an available ring; the last two only exist with VIRTIO_F_EVENT_IDX. */
    static long availBytes(int size, boolean eventIdx) {
        return RING_OFFSET + (long) AVAIL_ENTRY_BYTES * size + (eventIdx ? Short.BYTES : 0);
    }

    /** Bytes of a used ring; the last two only exist with VIRTIO_F_EVENT_IDX. */
    static long usedBytes(int size, boolean eventIdx) {
        return RING_OFFSET + (long) USED_ENTRY_BYTES * size + (eventIdx ? Short.BYTES : 0);
    }
}
