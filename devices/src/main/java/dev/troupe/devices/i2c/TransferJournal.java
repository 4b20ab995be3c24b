package dev.troupe.devices.i2c;

import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.I2cMessage;
import dev.troupe.transport.sys.Mapping;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.Optional;

/**
 * The transfer that one device has on the bus, and what came of it, in memory that outlives the process: so that a request whose
 * handler, device or process went is answered by what happened, is not done twice, and is done if it only waited for the bus.
 * Any thread.
 *
 * <pre>
 *   0 u8 state: nothing, begun, made
 *   2 u16 count
 *   4 u16 heads[42], 0xffff once answered
 *  88 u16 lengths[42], of what was read
 * 172 bytes that were read
 * </pre>
 */
final class TransferJournal implements AutoCloseable {
    private static final int COUNT_OFFSET = 2;
    private static final int HEADS_OFFSET = 4;
    private static final int LENGTHS_OFFSET = HEADS_OFFSET + 2 * I2cTransfer.MAX_MESSAGES;
    private static final int DATA_OFFSET = LENGTHS_OFFSET + 2 * I2cTransfer.MAX_MESSAGES;
    private static final byte NOTHING = 0;
    private static final byte BEGUN = 1;
    private static final byte MADE = 2;
    private static final short ANSWERED = -1;

    /** What the journal needs. */
    static final int SIZE_BYTES = DATA_OFFSET + I2cTransfer.MAX_MESSAGES * I2cTransfer.MAX_MESSAGE_BYTES;

    private final Fd file;
    private final Mapping mapping;
    private final MemorySegment memory;
    private int transfers;

    private TransferJournal(Fd file, Mapping mapping) {
        this.file = file;
        this.mapping = mapping;
        this.memory = mapping.segment();
    }

    /**
     * Takes up what an earlier device left.
     *
     * @param file a memory file of {@link #SIZE_BYTES}, owned by the result and closed if this fails
     */
    static TransferJournal over(Fd file) {
        try {
            return new TransferJournal(file, Mapping.map(file, 0, SIZE_BYTES, true));
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /**
     * From now on the requests of a transfer may be on the wire.
     *
     * @param heads what names them in their queue
     * @return what names the transfer
     */
    synchronized int begin(int[] heads) {
        transfers++;
        if (mapping.isOpen()) {
            publish(NOTHING);
            memory.set(ValueLayout.JAVA_SHORT, COUNT_OFFSET, (short) heads.length);
            for (int i = 0; i < heads.length; i++) {
                memory.set(ValueLayout.JAVA_SHORT, HEADS_OFFSET + 2L * i, (short) heads[i]);
                memory.set(ValueLayout.JAVA_SHORT, LENGTHS_OFFSET + 2L * i, (short) 0);
            }
            publish(BEGUN);
        }
        return transfers;
    }

    /** A transfer has succeeded; nothing happens if nobody waits for it any more. One that fails stays begun. */
    synchronized void made(int transfer, List<I2cMessage> messages) {
        if (transfer != transfers || !mapping.isOpen()) {
            return;
        }
        long at = DATA_OFFSET;
        for (int i = 0; i < messages.size(); i++) {
            I2cMessage message = messages.get(i);
            if (message.read()) {
                long length = message.data().byteSize();
                MemorySegment.copy(message.data(), 0, memory, at, length);
                memory.set(ValueLayout.JAVA_SHORT, LENGTHS_OFFSET + 2L * i, (short) length);
                at += length;
            }
        }
        publish(MADE);
    }

    /** A new request has this name, so the driver has seen the answer to the old one. */
    synchronized void forget(int head) {
        take(head);
    }

    private void publish(byte state) {
        // Ordering: what the state speaks of is there before it, for whoever finds the memory after a crash.
        VarHandle.releaseFence();
        memory.set(ValueLayout.JAVA_BYTE, 0, state);
    }

    /** What came of a request that an earlier handler had; empty if it was not begun. To be asked for once. */
    synchronized Optional<Outcome> take(int head) {
        byte state = memory.get(ValueLayout.JAVA_BYTE, 0);
        int count = Math.min(memory.get(ValueLayout.JAVA_SHORT, COUNT_OFFSET), I2cTransfer.MAX_MESSAGES);
        long at = DATA_OFFSET;
        for (int i = 0; state != NOTHING && i < count; i++) {
            int length = Math.clamp(
                    memory.get(ValueLayout.JAVA_SHORT, LENGTHS_OFFSET + 2L * i), 0, I2cTransfer.MAX_MESSAGE_BYTES);
            if (memory.get(ValueLayout.JAVA_SHORT, HEADS_OFFSET + 2L * i) == (short) head) {
                memory.set(ValueLayout.JAVA_SHORT, HEADS_OFFSET + 2L * i, ANSWERED);
                return Optional.of(new Outcome(state == MADE, memory.asSlice(at, length)));
            }
            at += length;
        }
        return Optional.empty();
    }

    /**
     * What came of a request.
     *
     * @param made whether its transfer succeeded; otherwise nobody knows how far it got
     * @param read what was read, empty for a write
     */
    record Outcome(boolean made, MemorySegment read) {}

    @Override
    public synchronized void close() {
        mapping.close();
        file.close();
    }
}
