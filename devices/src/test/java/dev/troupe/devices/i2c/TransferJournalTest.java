package dev.troupe.devices.i2c;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.I2cMessage;
import dev.troupe.transport.sys.MemFd;
import dev.troupe.transport.testing.LeakCheck;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
class TransferJournalTest {
    private final Fd file = MemFd.create("test", TransferJournal.SIZE_BYTES, true);
    private TransferJournal journal = TransferJournal.over(file.duplicate());

    @AfterEach
    void close() {
        journal.close();
        file.close();
    }

    private void reopen() {
        journal.close();
        journal = TransferJournal.over(file.duplicate());
    }

    private static I2cMessage read(int... bytes) {
        MemorySegment data = Arena.ofAuto().allocate(bytes.length);
        for (int i = 0; i < bytes.length; i++) {
            data.set(ValueLayout.JAVA_BYTE, i, (byte) bytes[i]);
        }
        return new I2cMessage(0x50, false, true, data);
    }

    private static I2cMessage write() {
        return new I2cMessage(0x50, false, false, Arena.ofAuto().allocate(4));
    }

    private byte[] taken(int head) {
        TransferJournal.Outcome outcome = journal.take(head).orElseThrow();
        assertThat(outcome.made()).isTrue();
        return outcome.read().toArray(ValueLayout.JAVA_BYTE);
    }

    @Test
    void shouldTellALaterDeviceWhatCameOfATransfer() {
        int transfer = journal.begin(new int[] {7, 0x7fff, 9});
        journal.made(transfer, List.of(read(1, 2), write(), read(3)));
        reopen();

        assertThat(taken(9)).containsExactly(3);
        assertThat(taken(7)).containsExactly(1, 2);
        assertThat(taken(0x7fff)).isEmpty();
        assertThat(journal.take(8)).isEmpty();
    }

    @Test
    void shouldTellALaterDeviceThatATransferWasCutOff() {
        journal.begin(new int[] {7});
        reopen();

        assertThat(journal.take(7))
                .hasValueSatisfying(outcome -> assertThat(outcome.made()).isFalse());
    }

    @Test
    void shouldTellOfARequestOnceAndNotOfANewOneOfThatName() {
        journal.made(journal.begin(new int[] {7, 8}), List.of(write(), write()));

        assertThat(journal.take(7)).isPresent();
        assertThat(journal.take(7)).isEmpty();
        journal.forget(8);
        assertThat(journal.take(8)).isEmpty();
    }

    @Test
    void shouldIgnoreATransferThatEndsWhenAnotherOneHasBegun() {
        int late = journal.begin(new int[] {7});
        journal.begin(new int[] {8});
        journal.made(late, List.of(read(1)));

        assertThat(journal.take(7)).isEmpty();
        assertThat(journal.take(8))
                .hasValueSatisfying(outcome -> assertThat(outcome.made()).isFalse());
    }

    @Test
    void shouldHaveRoomForTheLargestTransfer() {
        int[] heads = new int[I2cTransfer.MAX_MESSAGES];
        for (int i = 0; i < heads.length; i++) {
            heads[i] = i;
        }
        List<I2cMessage> messages = Collections.nCopies(heads.length, read(new int[I2cTransfer.MAX_MESSAGE_BYTES]));
        journal.made(journal.begin(heads), messages);

        assertThat(taken(heads.length - 1)).hasSize(I2cTransfer.MAX_MESSAGE_BYTES);
    }

    @Test
    void shouldIgnoreTransfersThatEndAfterTheDeviceClosed() {
        int late = journal.begin(new int[] {7});
        journal.close();
        journal.made(late, List.of(write()));
        journal.begin(new int[] {8});
        journal = TransferJournal.over(file.duplicate());

        assertThat(journal.take(8)).isEmpty();
    }
}
