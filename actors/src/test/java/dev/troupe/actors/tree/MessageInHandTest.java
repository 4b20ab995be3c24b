package dev.troupe.actors.tree;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.daemon.DeviceState;
import dev.troupe.actors.testing.CopyFactory;
import dev.troupe.actors.testing.GuestRig;
import dev.troupe.actors.testing.MemoryVault;
import dev.troupe.actors.testing.TestDaemon;
import dev.troupe.actors.vault.DeviceRecord;
import dev.troupe.actors.vault.Inheritance;
import dev.troupe.transport.loop.EventLoopConfig.Choice;
import dev.troupe.transport.protocol.Bytes;
import dev.troupe.transport.protocol.Frame;
import dev.troupe.transport.protocol.FrontEndRequest;
import dev.troupe.transport.protocol.Header;
import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A daemon dies with a message in hand: read and not obeyed, obeyed and not answered, answered. The records are those that it
 * would have left; the front end gets one answer in any case.
 */
@ExtendWith(LeakCheck.class)
class MessageInHandTest {

    private static final byte[] HELLO = {'h', 'e', 'l', 'l', 'o'};

    @TempDir
    Path folder;

    private final CopyFactory factory = new CopyFactory();
    private final MemoryVault vault = new MemoryVault();
    private TestDaemon first;

    @BeforeEach
    void startFirst() {
        first = start(Inheritance.empty());
    }

    @AfterEach
    void closeVault() {
        vault.close();
    }

    private Path socket() {
        return folder.resolve("copy0.sock");
    }

    private TestDaemon start(Inheritance inheritance) {
        TestDaemon daemon = TestDaemon.start(Choice.EPOLL, vault, inheritance);
        daemon.add(TestDaemon.spec("copy0", factory, Map.of(), socket()));
        return daemon;
    }

    private static Bytes frame(FrontEndRequest request, boolean needReply, int... words) {
        ByteBuffer payload = ByteBuffer.allocate(words.length * Integer.BYTES).order(ByteOrder.nativeOrder());
        for (int word : words) {
            payload.putInt(word);
        }
        Header header = Header.request(request.number(), needReply, payload.capacity());
        return Bytes.copyOf(new Frame(header, payload.flip()).toBytes());
    }

    private void dieWithInHand(Bytes frame, String... fds) {
        first.die(vault);
        vault.rewrite("copy0", record -> withHand(record, new DeviceRecord.Hand(frame, List.of(fds))));
    }

    private static DeviceRecord withHand(DeviceRecord record, DeviceRecord.Hand hand) {
        DeviceRecord.Connection left = java.util.Objects.requireNonNull(record.connection());
        return new DeviceRecord(
                record.device(),
                record.type(),
                record.endpoint(),
                record.offer(),
                record.quietSinceNanos(),
                record.listener(),
                record.memories(),
                record.state(),
                new DeviceRecord.Connection(left.socket(), left.backChannel(), left.session(), left.config(), hand));
    }

    private static long word(Frame reply) {
        return reply.body().getLong();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldAnswerOnceWhenAQuestionWasRead(boolean packed) {
        try (GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.packed(packed))) {
            dieWithInHand(frame(FrontEndRequest.GET_QUEUE_NUM, false));
            try (TestDaemon second = start(vault.inheritance())) {
                assertThat(word(guest.frontEnd().wire().awaitFrame("the answer")))
                        .isEqualTo(4);
                assertThat(guest.frontEnd().getMaxMemSlots()).isEqualTo(509);
                assertThat(second.status("copy0").violations()).isZero();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldStopTheRingOnceWhenItsStopWasRead(boolean packed) {
        try (GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.packed(packed))) {
            assertThat(guest.queue(0).roundTrip(HELLO, 16)).isEqualTo(HELLO);
            dieWithInHand(frame(FrontEndRequest.GET_VRING_BASE, false, 0, 0));
            try (TestDaemon second = start(vault.inheritance())) {
                ByteBuffer reply =
                        guest.frontEnd().wire().awaitFrame("the base").body();
                assertThat(reply.getInt()).isZero();
                guest.start(0, reply.getInt());
                assertThat(guest.queue(0).roundTrip(HELLO, 16)).isEqualTo(HELLO);
                assertThat(second.status("copy0").violations()).isZero();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldSayTheSameBaseWhenTheRingHadStoppedAndNobodyWasTold(boolean packed) {
        try (GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.packed(packed))) {
            assertThat(guest.queue(0).roundTrip(HELLO, 16)).isEqualTo(HELLO);
            int told = guest.frontEnd().getVringBase(0);
            dieWithInHand(frame(FrontEndRequest.GET_VRING_BASE, false, 0, 0));
            try (TestDaemon second = start(vault.inheritance())) {
                ByteBuffer reply =
                        guest.frontEnd().wire().awaitFrame("the base").body();
                assertThat(reply.getInt()).isZero();
                assertThat(reply.getInt()).isEqualTo(told);
                guest.start(0, told);
                assertThat(guest.queue(0).roundTrip(HELLO, 16)).isEqualTo(HELLO);
                assertThat(second.status("copy0").violations()).isZero();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldUseTheNewEventfdWhenItCameWithTheMessageInHand(boolean packed) {
        try (GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.packed(packed));
                Fd call = EventFd.create()) {
            assertThat(guest.queue(0).roundTrip(HELLO, 16)).isEqualTo(HELLO);
            vault.add("copy0.call.1000", call);
            dieWithInHand(frame(FrontEndRequest.SET_VRING_CALL, true, 0, 0), "copy0.call.1000");
            try (TestDaemon second = start(vault.inheritance())) {
                assertThat(word(guest.frontEnd().wire().awaitFrame("the acknowledgement")))
                        .isZero();
                EventFd.drain(call);
                assertThat(guest.queue(0).roundTrip(HELLO, 16)).isEqualTo(HELLO);
                GuestRig.await("a call", () -> EventFd.drain(call));
                assertThat(second.status("copy0").violations()).isZero();
            }
        }
    }

    @Test
    void shouldSayNothingTwiceWhenTheMessageWasAnswered() {
        try (GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.split())) {
            assertThat(guest.frontEnd().getQueueNum()).isEqualTo(4);
            first.die(vault);
            assertThat(java.util.Objects.requireNonNull(vault.record("copy0").connection())
                            .hand())
                    .isNull();
            try (TestDaemon second = start(vault.inheritance())) {
                assertThat(guest.frontEnd().getMaxMemSlots()).isEqualTo(509);
                assertThat(second.status("copy0").violations()).isZero();
            }
        }
    }

    @Test
    void shouldKeepTheMessageInTheRecordWhenItIsObeyedSlowly() {
        factory.handling = (_, _) -> {};
        try (GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.split())) {
            guest.queue(0).submit(HELLO, 16);
            GuestRig.await("the request to arrive", () -> first.status("copy0").state() == DeviceState.RUNNING);
            Bytes stop = frame(FrontEndRequest.GET_VRING_BASE, false, 0, 0);
            guest.frontEnd().wire().sendBytes(stop.asBuffer(), dev.troupe.transport.protocol.PassedFds.none());
            GuestRig.await(
                    "the message in hand",
                    () -> java.util.Objects.requireNonNull(vault.record("copy0").connection())
                                    .hand()
                            != null);
            first.die(vault);
            factory.handling = CopyFactory::copy;
            try (TestDaemon second = start(vault.inheritance())) {
                assertThat(guest.frontEnd().wire().awaitFrame("the base").body().getInt())
                        .isZero();
                assertThat(second.status("copy0").violations()).isZero();
            }
        }
    }

    @Test
    void shouldGiveTheConnectionUpAndSayItWhenWhatCameWithTheMessageWasNotKept() {
        try (GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.split())) {
            dieWithInHand(frame(FrontEndRequest.SET_VRING_CALL, true, 0, 0), "copy0.call.1000");
            try (TestDaemon second = start(vault.inheritance())) {
                vault.close();
                assertThat(guest.frontEnd().wire().awaitClosed()).isTrue();
                assertThat(second.status("copy0").connection()).isEmpty();
            }
        }
    }
}
