package dev.troupe.devices.vsock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.transport.loop.IoVector;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PipeTest {
    private static final int WINDOW = 64;
    private static final int PIECE_HEADER = 4;
    private static final int EOM = VsockWire.VIRTIO_VSOCK_SEQ_EOM;

    private final PipeMemory memory = new PipeMemory();
    private final Arena arena = Arena.ofConfined();
    private final Pipe stream = new Pipe(memory, false, WINDOW);
    private final Pipe messages = new Pipe(memory, true, WINDOW);
    private final IoVector vector = new IoVector(4);

    @AfterEach
    void close() {
        memory.close();
        arena.close();
    }

    private MemorySegment bytes(String text) {
        return arena.allocateFrom(ValueLayout.JAVA_BYTE, text.getBytes(StandardCharsets.US_ASCII));
    }

    private String take(int most) {
        MemorySegment into = arena.allocate(most);
        int taken = stream.take(into);
        return new String(into.asSlice(0, taken).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.US_ASCII);
    }

    /** Puts a piece in as a socket does. */
    private void piece(String text, int flags) {
        vector.clear();
        messages.reserve(vector, text.length());
        copy(bytes(text));
        messages.commit(text.length(), flags);
    }

    private void copy(MemorySegment from) {
        long done = 0;
        for (int i = 0; i < vector.count(); i++) {
            MemorySegment.copy(from, done, range(i), 0, vector.lengthOf(i));
            done += vector.lengthOf(i);
        }
    }

    private MemorySegment range(int index) {
        return MemorySegment.ofAddress(vector.addressOf(index)).reinterpret(vector.lengthOf(index));
    }

    private String nextMessage() {
        vector.clear();
        assertThat(messages.gatherMessage(vector)).isTrue();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < vector.count(); i++) {
            text.append(new String(range(i).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.US_ASCII));
        }
        messages.dropMessage();
        return text.toString();
    }

    @Test
    void shouldGiveBytesInOrderWhenItsEndIsPassedAgainAndAgain() {
        StringBuilder in = new StringBuilder();
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < 100; i++) {
            String text = "<" + i + ">" + "x".repeat(i % 40);
            in.append(text);
            assertThat(stream.put(bytes(text))).isEqualTo(text.length());
            out.append(take(WINDOW));
        }
        assertThat(out).hasToString(in.toString());
        assertThat(stream.passed()).isEqualTo(in.length());
        assertThat(stream.isEmpty()).isTrue();
    }

    @Test
    void shouldTakeOnlyWhatItHasRoomForWhenMoreIsPutIn() {
        assertThat(stream.put(bytes("y".repeat(WINDOW + 5)))).isEqualTo(WINDOW);
        assertThat(stream.room()).isZero();
        assertThat(take(10)).hasSize(10);
        assertThat(stream.room()).isEqualTo(10);
    }

    @Test
    void shouldKeepMessagesApartWhenTheyComeInPieces() {
        for (int round = 0; round < 50; round++) {
            piece("first", 0);
            assertThat(messages.holdsMessage()).isFalse();
            piece(" half", EOM);
            piece("", EOM);
            piece("other", EOM);
            assertThat(messages.holdsMessage()).isTrue();
            assertThat(nextMessage()).isEqualTo("first half");
            assertThat(nextMessage()).isEmpty();
            assertThat(nextMessage()).isEqualTo("other");
            assertThat(messages.holdsMessage()).isFalse();
        }
        assertThat(messages.passed()).isEqualTo(50L * 15);
    }

    @Test
    void shouldHaveRoomForAFullWindowWhenItComesInPiecesOfFourBytes() {
        for (int i = 0; i < WINDOW / PIECE_HEADER; i++) {
            assertThat(messages.room()).isGreaterThanOrEqualTo(4);
            piece("four", 0);
        }
        assertThat(messages.room()).isNegative();
    }

    @Test
    void shouldHoldNoMessageWhenItWasCleared() {
        piece("whole", EOM);
        piece("begun", 0);
        messages.clear();
        assertThat(messages.holdsMessage()).isFalse();
        assertThat(messages.isEmpty()).isTrue();
        assertThat(messages.passed()).isEqualTo(10);
        piece("next", EOM);
        assertThat(nextMessage()).isEqualTo("next");
    }

    @Test
    void shouldSaySoWhenAMessageIsInMorePiecesThanOneCallSends() {
        Pipe large = new Pipe(memory, true, 16 << 10);
        for (int i = 0; i <= RxBatch.MOST_RANGES; i++) {
            vector.clear();
            large.reserve(vector, 1);
            large.commit(1, 0);
        }
        large.commit(0, EOM);
        vector.clear();
        assertThat(large.gatherMessage(vector)).isFalse();
    }

    @Test
    void shouldUseMemoryAgainWhenItWasGivenBack() {
        stream.put(bytes("something"));
        take(WINDOW);
        stream.release();
        Pipe next = new Pipe(memory, false, WINDOW);
        vector.clear();
        next.reserve(vector, 1);
        MemorySegment again = memory.take(WINDOW);
        assertThat(again.address()).isNotEqualTo(vector.addressOf(0));
        memory.giveBack(again);
        assertThat(memory.take(WINDOW).address()).isEqualTo(again.address());
    }
}
