package dev.troupe.transport.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.transport.protocol.Frame;
import dev.troupe.transport.protocol.Header;
import dev.troupe.transport.protocol.PassedFds;
import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.MemFd;
import dev.troupe.transport.testing.DescriptorLimit;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakCheck.class)
class VhostSocketTest {
    private final VhostSocket here;
    private final VhostSocket there;

    VhostSocketTest() {
        List<VhostSocket> pair = VhostSocket.pair();
        here = pair.get(0);
        there = pair.get(1);
    }

    @AfterEach
    void close() {
        here.close();
        there.close();
    }

    private static Frame frame(int payloadBytes, PassedFds fds) {
        byte[] payload = new byte[payloadBytes];
        Arrays.fill(payload, (byte) 7);
        return new Frame(Header.request(5, true, payloadBytes), ByteBuffer.wrap(payload), fds);
    }

    private static PassedFds eventFds(int count) {
        return PassedFds.of(
                IntStream.range(0, count).mapToObj(i -> EventFd.create(true)).toArray(Fd[]::new));
    }

    private static Frame received(@Nullable Frame frame) {
        assertThat(frame).isNotNull();
        return Objects.requireNonNull(frame);
    }

    @Test
    void shouldReceiveNothingWhenNothingWasSent() {
        assertThat(here.receive()).isNull();
        assertThat(here.midMessageForNanos()).isZero();
        assertThat(here.awaitReadable(0)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 8, 264, 4096})
    void shouldReceiveAWholeMessageWhenOneWasSent(int payloadBytes) {
        there.send(frame(payloadBytes, PassedFds.none()));

        Frame frame = received(here.receive());

        assertThat(frame).isEqualTo(frame(payloadBytes, PassedFds.none()));
        assertThat(here.receive()).isNull();
    }

    @Test
    void shouldReceiveMessagesOneByOneWhenSeveralArriveTogether() {
        there.send(frame(8, eventFds(1)));
        there.send(frame(0, eventFds(2)));
        there.send(frame(3, PassedFds.none()));

        try (Frame first = received(here.receive());
                Frame second = received(here.receive());
                Frame third = received(here.receive())) {
            assertThat(List.of(
                            first.fds().count(),
                            second.fds().count(),
                            third.fds().count()))
                    .containsExactly(1, 2, 0);
            assertThat(List.of(first.header().sizeBytes(), third.header().sizeBytes()))
                    .containsExactly(8, 3);
        }
    }

    @Test
    void shouldReceiveAMessageWhenItComesByteByByte() {
        ByteBuffer bytes = frame(20, PassedFds.none()).toBytes();
        IntStream.range(0, 31).forEach(i -> {
            there.sendBytes(bytes.slice(i, 1), i == 0 ? eventFds(3) : PassedFds.none());
            assertThat(here.receive()).as("after byte %d", i).isNull();
        });
        assertThat(here.midMessageForNanos()).isPositive();

        there.sendBytes(bytes.slice(31, 1), PassedFds.none());

        try (Frame frame = received(here.receive())) {
            assertThat(frame.payload().remaining()).isEqualTo(20);
            assertThat(frame.fds().count()).isEqualTo(3);
            assertThat(frame.strayFds()).isZero();
        }
        assertThat(here.midMessageForNanos()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8, 9, 64, 253})
    void shouldReceiveAllDescriptorsHoweverManyAPeerSends(int count) {
        there.send(frame(0, eventFds(count)));

        try (Frame frame = received(here.receive())) {
            assertThat(frame.fds().count()).isEqualTo(count);
            assertThat(frame.fds().peek()).allMatch(EventFd::isEventFd);
        }
    }

    @Test
    void shouldReceiveTheVeryDescriptorThatWasSent() {
        Fd kick = EventFd.create(true);
        there.send(frame(0, PassedFds.of(kick.duplicate())));

        try (Frame frame = received(here.receive());
                Fd same = frame.fds().take()) {
            EventFd.signal(kick);
            assertThat(EventFd.drain(same)).isTrue();
        }
        kick.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 12, 14})
    void shouldCloseAndCountDescriptorsThatComeBehindTheFirstByte(int firstPart) {
        ByteBuffer bytes = frame(8, PassedFds.none()).toBytes();
        there.sendBytes(bytes.slice(0, firstPart), eventFds(1));
        assertThat(here.receive()).isNull();
        there.sendBytes(bytes.slice(firstPart, bytes.limit() - firstPart), eventFds(2));

        try (Frame frame = received(here.receive())) {
            assertThat(frame.fds().count()).isEqualTo(1);
            assertThat(frame.strayFds()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void shouldGoOnBehindAMessageWhoseDescriptorsThereIsNoRoomFor(int room) {
        there.send(frame(0, eventFds(1)));
        received(here.receive()).close();
        there.send(frame(8, eventFds(2)));
        there.send(frame(3, eventFds(1)));

        Frame without = received(DescriptorLimit.during(room, here::receive));
        assertThat(without.header().sizeBytes()).isEqualTo(8);
        assertThat(without.lostFds()).isTrue();
        assertThat(without.fds().count()).isZero();
        try (Frame next = received(here.receive())) {
            assertThat(next.header().sizeBytes()).isEqualTo(3);
            assertThat(next.lostFds()).isFalse();
            assertThat(next.fds().count()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4097, -1, Integer.MIN_VALUE})
    void shouldGiveUpTheStreamWhenAHeaderAnnouncesTooMuch(int size) {
        Header header = new Header(5, 1, size);
        there.send(new Frame(header, ByteBuffer.allocate(0), eventFds(2)));

        assertThatThrownBy(here::receive)
                .isInstanceOf(StreamUnreadableException.class)
                .hasMessageContaining("announces");
    }

    @Test
    void shouldGiveUpTheStreamWhenTheVersionIsAnother() {
        there.send(new Frame(new Header(5, 2, 0), ByteBuffer.allocate(0)));

        assertThatThrownBy(here::receive).isInstanceOf(StreamUnreadableException.class);
    }

    @Test
    void shouldTellThatThePeerHasGone() {
        there.close();

        assertThatThrownBy(here::receive)
                .isInstanceOfSatisfying(
                        PeerDisconnectedException.class,
                        e -> assertThat(e.midMessage()).isFalse());
        assertThatThrownBy(() -> here.send(frame(0, eventFds(1)))).isInstanceOf(PeerDisconnectedException.class);
    }

    @Test
    void shouldDeliverWhatWasSentBeforeThePeerWent() {
        there.send(frame(8, PassedFds.none()));
        there.close();

        assertThat(here.receive()).isNotNull();
        assertThatThrownBy(here::receive).isInstanceOf(PeerDisconnectedException.class);
    }

    @Test
    void shouldTellThatThePeerHasGoneInTheMiddleOfAMessage() {
        there.sendBytes(frame(8, PassedFds.none()).toBytes().limit(15), eventFds(1));
        there.close();

        assertThatThrownBy(here::receive)
                .isInstanceOfSatisfying(
                        PeerDisconnectedException.class,
                        e -> assertThat(e.midMessage()).isTrue());
    }

    @Test
    void shouldGiveUpAPeerThatNeverReadsWithoutEverBlocking() {
        assertThatThrownBy(() -> IntStream.range(0, 100_000).forEach(i -> here.send(frame(8, PassedFds.none()))))
                .isInstanceOf(PeerNotReadingException.class)
                .hasMessageContaining("unread");

        assertThat(here.hasUnsent()).isTrue();
        assertThat(here.unsentForNanos()).isPositive();
    }

    @Test
    void shouldSendWhatWaitedWithItsDescriptorsOnceThePeerReads() {
        int sent = fillUp();
        here.send(frame(1, eventFds(2)));
        assertThat(here.hasUnsent()).isTrue();
        assertThat(here.flush()).isFalse();

        IntStream.range(0, sent).forEach(i -> nextAt(there).close());
        try (Frame last = nextAt(there)) {
            assertThat(last.fds().count()).isEqualTo(2);
            assertThat(last.header().sizeBytes()).isEqualTo(1);
        }
        assertThat(here.flush()).isTrue();
    }

    /** Sends until something waits; returns how many messages that took. */
    private int fillUp() {
        int sent = 0;
        while (!here.hasUnsent()) {
            here.send(frame(4096, PassedFds.none()));
            sent++;
        }
        return sent;
    }

    private Frame nextAt(VhostSocket reader) {
        here.flush();
        Frame frame = reader.receive();
        if (frame == null) {
            here.flush();
            assertThat(reader.awaitReadable(1_000)).isTrue();
            frame = reader.receive();
        }
        return frame != null ? frame : received(flushedAndReceived(reader));
    }

    private @Nullable Frame flushedAndReceived(VhostSocket reader) {
        here.flush();
        return reader.receive();
    }

    @Test
    void shouldCloseWhatWasNeitherDeliveredNorSent() {
        LeakCheck.Snapshot before = LeakCheck.snapshot();
        fillUp();
        here.send(frame(0, eventFds(3)));
        there.sendBytes(frame(8, PassedFds.none()).toBytes().limit(4), eventFds(2));
        assertThat(here.receive()).isNull();

        here.close();

        there.close();
        assertThat(LeakCheck.leakedSince(before)).isEmpty();
    }

    @Test
    void shouldKeepTheConnectionWhenOnlyOneOfTwoOwnersCloses() {
        VhostSocket successor = VhostSocket.adopt(here.readiness().duplicate());
        here.close();

        there.send(frame(8, PassedFds.none()));

        assertThat(successor.receive()).isNotNull();
        successor.close();
    }

    @Test
    void shouldKnowItsPeer() {
        assertThat(here.peer().pid()).isEqualTo(ProcessHandle.current().pid());
    }

    @Test
    void shouldRefuseADescriptorThatIsNoSocket() {
        Fd memory = MemFd.create("no-socket", 4096, false);

        assertThatThrownBy(() -> VhostSocket.adopt(memory))
                .isInstanceOf(SocketSetupException.class)
                .hasMessageContaining("not a connected Unix stream socket");
        assertThat(memory.isOpen()).isFalse();
    }
}
