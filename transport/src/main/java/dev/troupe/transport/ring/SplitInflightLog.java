package dev.troupe.transport.ring;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.Comparator;

/**
 * The in-flight log of a split queue.
 *
 * <pre>
 * header, 16 bytes:  0 u64 features | 8 u16 version | 10 u16 desc_num | 12 u16 last_batch_head | 14 u16 used_idx
 * entry, 16 bytes:   0 u8 inflight | 1 u8 pad[5] | 6 u16 next | 8 u64 counter        (one for each descriptor)
 * </pre>
 */
final class SplitInflightLog extends InflightLog {

    static final int HEADER_BYTES = 16;
    static final int ENTRY_BYTES = 16;

    private static final int LAST_BATCH_HEAD_OFFSET = 12;
    private static final int USED_IDX_OFFSET = 14;
    private static final int NEXT_OFFSET = 6;
    private static final int COUNTER_OFFSET = 8;
    private static final int U16 = 0xffff;

    private long counter;
    private int lastBatchHead;

    SplitInflightLog(MemorySegment log, int entries) {
        super(log, entries);
    }

    /** Records that a request was taken; before its data is touched. */
    void fetched(int head) {
        long at = entryOffset(head);
        log.set(RingLayout.LONG, at + COUNTER_OFFSET, counter++);
        step();
        // Ordering: pairs with a successor's reading after our death: a marked entry has its counter.
        VarHandle.releaseFence();
        log.set(RingLayout.LONG, at, 1L);
        step();
    }

    /** Links the requests that the next used index will return. */
    void beforePublish(int[] heads, int count) {
        for (int i = 0; i < count; i++) {
            log.set(RingLayout.SHORT, entryOffset(heads[i]) + NEXT_OFFSET, (short) lastBatchHead);
            step();
            lastBatchHead = heads[i];
            log.set(RingLayout.SHORT, LAST_BATCH_HEAD_OFFSET, (short) lastBatchHead);
            step();
        }
    }

    /** Forgets the requests that the used index has returned. */
    void afterPublish(int[] heads, int count, int usedIdx) {
        step();
        // Ordering: pairs with a successor's reading after our death: nothing is forgotten before used.idx returned it.
        VarHandle.releaseFence();
        for (int i = 0; i < count; i++) {
            log.set(RingLayout.BYTE, entryOffset(heads[i]), (byte) 0);
            step();
        }
        // Ordering: pairs with a successor's reading after our death: used_idx says that the whole batch is forgotten.
        VarHandle.releaseFence();
        log.set(RingLayout.SHORT, USED_IDX_OFFSET, (short) usedIdx);
        step();
    }

    /**
     * Reads, checks and repairs the log for a queue that is being opened.
     *
     * @param ringUsedIdx the used index in the ring: it tells whether the last batch was returned
     * @return heads of the requests to be done again, oldest first
     * @throws RingException if the contents make no sense
     */
    int[] recover(int queueIndex, int queueSize, int ringUsedIdx) {
        if (isFresh()) {
            initialise(ringUsedIdx);
            return new int[0];
        }
        MemorySegment copy =
                MemorySegment.ofArray(new byte[Math.toIntExact(log.byteSize())]).copyFrom(log);
        int version = copy.get(RingLayout.SHORT, VERSION_OFFSET) & U16;
        int descNum = copy.get(RingLayout.SHORT, DESC_NUM_OFFSET) & U16;
        if (version != VERSION || descNum != entries) {
            throw new RingException(
                    queueIndex, -1, "in-flight log has version %d and %d entries".formatted(version, descNum));
        }
        lastBatchHead = copy.get(RingLayout.SHORT, LAST_BATCH_HEAD_OFFSET) & U16;
        finishBatch(copy, queueIndex, ringUsedIdx);
        return collect(copy, queueIndex, queueSize);
    }

    private void initialise(int ringUsedIdx) {
        log.fill((byte) 0);
        lastBatchHead = 0;
        counter = 0;
        log.set(RingLayout.SHORT, DESC_NUM_OFFSET, (short) entries);
        // A fresh region says 0 here, which the next crash would take for a batch of that many requests.
        log.set(RingLayout.SHORT, USED_IDX_OFFSET, (short) ringUsedIdx);
        // Ordering: pairs with a successor's reading after our death: a version stands only over a whole header.
        VarHandle.releaseFence();
        log.set(RingLayout.SHORT, VERSION_OFFSET, (short) VERSION);
    }

    private void finishBatch(MemorySegment copy, int queueIndex, int ringUsedIdx) {
        int delta = (ringUsedIdx - (copy.get(RingLayout.SHORT, USED_IDX_OFFSET) & U16)) & U16;
        if (delta == 0) {
            return;
        }
        if (marked(copy) > 0) {
            if (delta > entries) {
                throw new RingException(queueIndex, -1, "used index is " + delta + " ahead of the in-flight log");
            }
            int head = lastBatchHead;
            for (int i = 0; i < delta; i++) {
                // Guest-controlled: a front end may hand back any contents; the link is an index into the entries.
                if (head >= entries) {
                    throw new RingException(queueIndex, head, "in-flight log links beyond its entries");
                }
                copy.set(RingLayout.BYTE, entryOffset(head), (byte) 0);
                log.set(RingLayout.BYTE, entryOffset(head), (byte) 0);
                head = copy.get(RingLayout.SHORT, entryOffset(head) + NEXT_OFFSET) & U16;
            }
        }
        // Ordering: pairs with a successor's reading after our death, as in afterPublish.
        VarHandle.releaseFence();
        log.set(RingLayout.SHORT, USED_IDX_OFFSET, (short) ringUsedIdx);
    }

    private int[] collect(MemorySegment copy, int queueIndex, int queueSize) {
        Integer[] heads = new Integer[marked(copy)];
        int count = 0;
        counter = 0;
        for (int head = 0; head < entries; head++) {
            if (copy.get(RingLayout.BYTE, entryOffset(head)) == 0) {
                continue;
            }
            if (head >= queueSize) {
                throw new RingException(queueIndex, head, "in-flight log names a request beyond the queue");
            }
            heads[count++] = head;
            counter = Math.max(counter, counterOf(copy, head) + 1);
        }
        Arrays.sort(heads, Comparator.comparingLong(head -> counterOf(copy, head)));
        return Arrays.stream(heads).mapToInt(Integer::intValue).toArray();
    }

    private int marked(MemorySegment from) {
        int count = 0;
        for (int head = 0; head < entries; head++) {
            count += from.get(RingLayout.BYTE, entryOffset(head)) == 0 ? 0 : 1;
        }
        return count;
    }

    private static long counterOf(MemorySegment from, int head) {
        return from.get(RingLayout.LONG, entryOffset(head) + COUNTER_OFFSET);
    }

    private static long entryOffset(int head) {
        return HEADER_BYTES + (long) head * ENTRY_BYTES;
    }

    @Override
    public int unfinished() {
        return marked(log);
    }
}
