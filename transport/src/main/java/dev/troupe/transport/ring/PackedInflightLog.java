package dev.troupe.transport.ring;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.Comparator;

/**
 * The in-flight log of a packed queue. A packed ring overwrites descriptors with used elements, so the log holds copies of
 * them. Its entries form chains and one list of free ones; the free list that counts is kept in the heap.
 *
 * <pre>
 * header, 32 bytes:  0 u64 features | 8 u16 version | 10 u16 desc_num | 12 u16 free_head | 14 u16 old_free_head
 *                    16 u16 used_idx | 18 u16 old_used_idx | 20 u8 used_wrap_counter | 21 u8 old_used_wrap_counter | 22 pad
 * entry, 32 bytes:   0 u8 inflight | 1 u8 pad | 2 u16 next | 4 u16 last | 6 u16 num | 8 u64 counter
 *                    16 u16 id | 18 u16 flags | 20 u32 len | 24 u64 addr
 * </pre>
 *
 * <p>The used positions and their wrap counters lie in one aligned u64 and are written together, so that no crash falls
 * between them.
 */
final class PackedInflightLog extends InflightLog {

    static final int HEADER_BYTES = 32;
    static final int ENTRY_BYTES = 32;

    private static final int FREE_HEAD_OFFSET = 12;
    private static final int OLD_FREE_HEAD_OFFSET = 14;
    private static final int USED_OFFSET = 16;
    private static final int NEXT_OFFSET = 2;
    private static final int NUM_OFFSET = 6;
    private static final int COUNTER_OFFSET = 8;
    private static final int ID_OFFSET = 16;
    private static final int ADDR_OFFSET = 24;
    private static final int U16 = 0xffff;
    private static final int WRAP = 1 << 15;

    private final int[] next;
    private final int[] last;
    private int freeHead;
    private int position;
    private long counter;
    private MemorySegment recovered = MemorySegment.NULL;

    PackedInflightLog(MemorySegment log, int entries) {
        super(log, entries);
        next = new int[entries];
        last = new int[entries];
    }

    /** The used position in which the log was left: offset in bits 0–14, wrap counter in bit 15. After recovery only. */
    int usedPosition() {
        return position;
    }

    /**
     * Records that a chain was taken, before its data is touched.
     *
     * @param addresses the address fields of its descriptors
     * @param words the other eight bytes of them, as in the ring
     * @param count how many; the queue is never larger than the log, so there are as many free entries
     * @return the entry that stands for the chain
     */
    int fetched(long[] addresses, long[] words, int count) {
        int head = freeHead;
        int entry = head;
        int tail = head;
        for (int i = 0; i < count; i++) {
            long at = entryOffset(entry);
            long word = words[i];
            long stored = (word >>> 32 & U16) | (word >>> 48) << 16 | word << 32;
            log.set(RingLayout.LONG, at + ID_OFFSET, stored);
            log.set(RingLayout.LONG, at + ADDR_OFFSET, addresses[i]);
            tail = entry;
            entry = next[entry];
        }
        step();
        last[head] = tail;
        long at = entryOffset(head);
        log.set(RingLayout.LONG, at + COUNTER_OFFSET, counter++);
        step();
        // Ordering: pairs with a successor's reading after our death: a marked entry is whole.
        VarHandle.releaseFence();
        log.set(RingLayout.LONG, at, inFlightWord(next[head], tail, count));
        step();
        freeHead = entry;
        log.set(RingLayout.SHORT, FREE_HEAD_OFFSET, (short) entry);
        step();
        // Ordering: pairs with a successor's reading after our death: the entries leave the free list last.
        VarHandle.releaseFence();
        log.set(RingLayout.SHORT, OLD_FREE_HEAD_OFFSET, (short) entry);
        step();
        return head;
    }

    /** The first eight bytes of an entry, written together. */
    private static long inFlightWord(int next, int last, int num) {
        return 1L | (long) next << 16 | (long) last << 32 | (long) num << 48;
    }

    /** Says which entries the used element at the old position will return, and what the position will be. */
    void beforePublish(int[] heads, int count, int newPosition) {
        for (int i = 0; i < count; i++) {
            int head = heads[i];
            int tail = last[head];
            log.set(RingLayout.SHORT, entryOffset(tail) + NEXT_OFFSET, (short) freeHead);
            step();
            next[tail] = freeHead;
            freeHead = head;
            log.set(RingLayout.SHORT, FREE_HEAD_OFFSET, (short) freeHead);
            step();
        }
        log.set(RingLayout.LONG, USED_OFFSET, positions(newPosition, position));
        step();
    }

    /** Forgets the entries that the ring has returned. */
    void afterPublish(int[] heads, int count, int newPosition) {
        step();
        // Ordering: pairs with a successor's reading after our death: nothing is forgotten before the ring returned it.
        VarHandle.releaseFence();
        for (int i = 0; i < count; i++) {
            log.set(RingLayout.BYTE, entryOffset(heads[i]), (byte) 0);
            step();
        }
        // Ordering: pairs with a successor's reading after our death: the free list is taken over before the position.
        VarHandle.releaseFence();
        log.set(RingLayout.SHORT, OLD_FREE_HEAD_OFFSET, (short) freeHead);
        step();
        // Ordering: as above.
        VarHandle.releaseFence();
        position = newPosition;
        log.set(RingLayout.LONG, USED_OFFSET, positions(newPosition, newPosition));
        step();
    }

    private static long positions(int current, int old) {
        return (current & ~WRAP)
                | (long) (old & ~WRAP) << 16
                | (long) (current >>> 15) << 32
                | (long) (old >>> 15) << 40;
    }

    /** Makes a fresh log, or one without unfinished requests, begin at a used position. */
    void begin(int usedPosition) {
        log.fill((byte) 0);
        position = usedPosition;
        freeHead = 0;
        counter = 0;
        for (int i = 0; i < entries; i++) {
            // The last link is no index: it ends the list.
            next[i] = i + 1;
            log.set(RingLayout.SHORT, entryOffset(i) + NEXT_OFFSET, (short) (i + 1));
        }
        log.set(RingLayout.SHORT, DESC_NUM_OFFSET, (short) entries);
        log.set(RingLayout.LONG, USED_OFFSET, positions(usedPosition, usedPosition));
        // Ordering: pairs with a successor's reading after our death: a version stands only over a whole log.
        VarHandle.releaseFence();
        log.set(RingLayout.SHORT, VERSION_OFFSET, (short) VERSION);
    }

    /**
     * Reads, checks and repairs a log that is not fresh.
     *
     * @param ring the descriptor ring: it tells whether the last batch was returned
     * @return the entries that stand for requests to be done again, oldest first
     * @throws RingException if the contents make no sense
     */
    int[] recover(int queueIndex, int queueSize, MemorySegment ring) {
        MemorySegment copy =
                MemorySegment.ofArray(new byte[Math.toIntExact(log.byteSize())]).copyFrom(log);
        recovered = copy;
        int version = copy.get(RingLayout.SHORT, VERSION_OFFSET) & U16;
        int descNum = copy.get(RingLayout.SHORT, DESC_NUM_OFFSET) & U16;
        if (version != VERSION || descNum != entries) {
            throw new RingException(
                    queueIndex, -1, "in-flight log has version %d and %d entries".formatted(version, descNum));
        }
        for (int i = 0; i < entries; i++) {
            next[i] = copy.get(RingLayout.SHORT, entryOffset(i) + NEXT_OFFSET) & U16;
        }
        settleBatch(copy, queueIndex, queueSize, ring);
        boolean[] seen = new boolean[entries];
        int[] heads = collect(copy, queueIndex, seen);
        writeHeader();
        return heads;
    }

    private void settleBatch(MemorySegment copy, int queueIndex, int queueSize, MemorySegment ring) {
        long positions = copy.get(RingLayout.LONG, USED_OFFSET);
        int current = (int) (positions & U16) | (int) (positions >>> 32 & 1) << 15;
        int old = (int) (positions >>> 16 & U16) | (int) (positions >>> 40 & 1) << 15;
        // Guest-controlled: a front end may hand back any contents; positions are indices into the ring.
        if ((positions & U16) >= queueSize || (positions >>> 16 & U16) >= queueSize) {
            throw new RingException(queueIndex, -1, "in-flight log has a used position beyond the ring");
        }
        boolean returned = false;
        if (current != old) {
            long at = (long) (old & ~WRAP) * RingLayout.DESCRIPTOR_BYTES + RingLayout.PACKED_FLAGS_OFFSET;
            int flags = ring.get(RingLayout.SHORT_ALIGNED, at);
            boolean wrap = old >>> 15 != 0;
            boolean untouched =
                    ((flags & RingLayout.FLAG_AVAIL) != 0) == wrap && ((flags & RingLayout.FLAG_USED) != 0) != wrap;
            returned = !untouched;
        }
        position = returned ? current : old;
        int headAt = returned ? FREE_HEAD_OFFSET : OLD_FREE_HEAD_OFFSET;
        freeHead = copy.get(RingLayout.SHORT, headAt) & U16;
    }

    private int[] collect(MemorySegment copy, int queueIndex, boolean[] seen) {
        int free = clearFreeList(copy, queueIndex, seen);
        Integer[] heads = new Integer[entries];
        int count = 0;
        int held = 0;
        counter = 0;
        for (int head = 0; head < entries; head++) {
            if (copy.get(RingLayout.BYTE, entryOffset(head)) == 0) {
                continue;
            }
            held += claimChain(copy, queueIndex, head, seen);
            heads[count++] = head;
            counter = Math.max(counter, counterOf(copy, head) + 1);
        }
        if (free + held != entries) {
            throw new RingException(queueIndex, -1, "in-flight log has lost " + (entries - free - held) + " entries");
        }
        Integer[] found = Arrays.copyOf(heads, count);
        Arrays.sort(found, Comparator.comparingLong(head -> counterOf(copy, head)));
        return Arrays.stream(found).mapToInt(Integer::intValue).toArray();
    }

    /** What is on the free list is not in flight, whatever its mark says: its taking was never finished. */
    private int clearFreeList(MemorySegment copy, int queueIndex, boolean[] seen) {
        int free = 0;
        // Guest-controlled: a front end may hand back any contents; links are indices, and may run in a circle.
        for (int entry = freeHead; entry < entries; entry = next[entry]) {
            if (seen[entry]) {
                throw new RingException(queueIndex, entry, "free list of the in-flight log runs in a circle");
            }
            seen[entry] = true;
            free++;
            copy.set(RingLayout.BYTE, entryOffset(entry), (byte) 0);
            log.set(RingLayout.BYTE, entryOffset(entry), (byte) 0);
        }
        return free;
    }

    private int claimChain(MemorySegment copy, int queueIndex, int head, boolean[] seen) {
        int count = copy.get(RingLayout.SHORT, entryOffset(head) + NUM_OFFSET) & U16;
        if (count == 0) {
            throw new RingException(queueIndex, head, "in-flight log has a request without descriptors");
        }
        int entry = head;
        for (int i = 0; i < count; i++) {
            // Guest-controlled: as above.
            if (entry >= entries || seen[entry]) {
                throw new RingException(queueIndex, head, "in-flight log has a request with broken links");
            }
            seen[entry] = true;
            last[head] = entry;
            entry = next[entry];
        }
        return count;
    }

    private static long counterOf(MemorySegment from, int head) {
        return from.get(RingLayout.LONG, entryOffset(head) + COUNTER_OFFSET);
    }

    private void writeHeader() {
        log.set(RingLayout.SHORT, FREE_HEAD_OFFSET, (short) freeHead);
        log.set(RingLayout.SHORT, OLD_FREE_HEAD_OFFSET, (short) freeHead);
        log.set(RingLayout.LONG, USED_OFFSET, positions(position, position));
    }

    /**
     * Reads back the descriptors of a request found by {@link #recover}.
     *
     * @param addresses receives the address fields
     * @param words receives the other eight bytes of each, as in the ring
     * @return how many there are
     */
    int copyChain(int head, long[] addresses, long[] words) {
        int count = chainLength(head);
        int entry = head;
        for (int i = 0; i < count; i++) {
            long stored = recovered.get(RingLayout.LONG, entryOffset(entry) + ID_OFFSET);
            addresses[i] = recovered.get(RingLayout.LONG, entryOffset(entry) + ADDR_OFFSET);
            words[i] = stored >>> 32 | (stored & U16) << 32 | (stored >>> 16 & U16) << 48;
            entry = next[entry];
        }
        return count;
    }

    /** How many descriptors a request found by {@link #recover} has. */
    int chainLength(int head) {
        return recovered.get(RingLayout.SHORT, entryOffset(head) + NUM_OFFSET) & U16;
    }

    /** The buffer id of a request found by {@link #recover}. */
    int bufferId(int head) {
        return recovered.get(RingLayout.SHORT, entryOffset(last[head]) + ID_OFFSET) & U16;
    }

    private static long entryOffset(int entry) {
        return HEADER_BYTES + (long) entry * ENTRY_BYTES;
    }

    @Override
    public int unfinished() {
        int count = 0;
        for (int entry = 0; entry < entries; entry++) {
            count += log.get(RingLayout.BYTE, entryOffset(entry)) == 0 ? 0 : 1;
        }
        return count;
    }
}
