package dev.troupe.transport.frontend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.transport.frontend.FrontEndException.Kind;
import dev.troupe.transport.protocol.BackChannelCodec;
import dev.troupe.transport.protocol.BackEndMessage;
import dev.troupe.transport.protocol.BackEndReply;
import dev.troupe.transport.protocol.Frame;
import dev.troupe.transport.protocol.FrontEndMessage;
import dev.troupe.transport.protocol.FrontEndRequest;
import dev.troupe.transport.protocol.Header;
import dev.troupe.transport.protocol.PassedFds;
import dev.troupe.transport.protocol.ProtocolFeature;
import dev.troupe.transport.protocol.RegionDescription;
import dev.troupe.transport.protocol.RequestCodec;
import dev.troupe.transport.socket.VhostSocket;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.MemFd;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
class FrontEndTest {
    private static final FrontEndWishes WISHES =
            FrontEndWishes.usual().withConfigBytes(8).withTimeoutMs(2_000);

    private final List<VhostSocket> pair = VhostSocket.pair();
    private final ScriptedBackEnd backEnd =
            new ScriptedBackEnd(pair.get(1), ProtocolFeature.maskOf(ProtocolFeature.values()));
    private final FrontEnd frontEnd = FrontEnd.over(pair.get(0), WISHES);

    @AfterEach
    void close() throws InterruptedException {
        frontEnd.close();
        backEnd.close();
    }

    private static void expect(Kind kind, Runnable call) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        FrontEndException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }

    @Test
    void shouldShakeHandsInTheOrderOfQemu() {
        FrontEndSession session = frontEnd.handshake();

        assertThat(backEnd.asked())
                .containsExactly(
                        "GET_FEATURES",
                        "GET_PROTOCOL_FEATURES",
                        "SET_PROTOCOL_FEATURES",
                        "GET_QUEUE_NUM",
                        "GET_MAX_MEM_SLOTS",
                        "SET_BACKEND_REQ_FD!",
                        "SET_OWNER!",
                        "GET_FEATURES",
                        "GET_CONFIG");
        assertThat(session.maxQueues()).isEqualTo(4);
        assertThat(session.maxMemSlots()).isEqualTo(509);
        assertThat(session.config()).isEqualTo(ScriptedBackEnd.CONFIG);
        assertThat(session.protocolFeatures()).isEqualTo(WISHES.protocolFeatures());
    }

    @Test
    void shouldLeaveOutWhatIsNotOffered() throws InterruptedException {
        List<VhostSocket> plain = VhostSocket.pair();
        try (ScriptedBackEnd poor = new ScriptedBackEnd(plain.get(1), 0);
                FrontEnd modest = FrontEnd.over(plain.get(0), WISHES)) {
            modest.handshake();

            assertThat(poor.asked())
                    .containsExactly(
                            "GET_FEATURES",
                            "GET_PROTOCOL_FEATURES",
                            "SET_PROTOCOL_FEATURES",
                            "SET_OWNER",
                            "GET_FEATURES");
            expect(Kind.NOT_NEGOTIATED, modest::backChannel);
        }
    }

    @Test
    void shouldSetUpAVringInTheOrderOfQemu() {
        frontEnd.handshake();
        int before = backEnd.asked().size();
        RegionDescription region = new RegionDescription(0, 4096, 0x7000_0000L, 0);
        try (VringFds fds = VringFds.create();
                Fd memory = MemFd.create("guest", 4096, true)) {
            frontEnd.setFeatures(1L << 32);
            frontEnd.setMemTable(List.of(region), List.of(memory));
            frontEnd.setupVring(0, 128, 0, new VringAddresses(0x7000_0000L, 0x7000_0800L, 0x7000_0400L), fds);
            frontEnd.setVringEnable(0, true);
            assertThat(memory.isOpen() && fds.kick().isOpen()).isTrue();
        }

        assertThat(backEnd.asked().subList(before, backEnd.asked().size()))
                .containsExactly(
                        "SET_FEATURES!",
                        "SET_MEM_TABLE!",
                        "SET_VRING_NUM!",
                        "SET_VRING_BASE!",
                        "SET_VRING_ADDR!",
                        "SET_VRING_KICK!",
                        "SET_VRING_CALL!",
                        "SET_VRING_ERR!",
                        "SET_VRING_ENABLE!");
    }

    @Test
    void shouldGetAnswersToAllItsQuestions() {
        frontEnd.handshake();

        assertThat(frontEnd.getVringBase(1)).isEqualTo(77);
        assertThat(frontEnd.getStatus()).isEqualTo(15);
        try (BackEndReply.InflightFd inflight = frontEnd.getInflightFd(2, 64);
                Fd file = inflight.fds().take()) {
            assertThat(inflight.region().numQueues()).isEqualTo(2);
            frontEnd.setInflightFd(inflight.region(), file);
            frontEnd.setLogBase(4096, 0, file);
            frontEnd.addMemRegion(new RegionDescription(0, 4096, 0, 0), file);
        }
        frontEnd.removeMemRegion(new RegionDescription(0, 4096, 0, 0));
        frontEnd.setConfig(0, 0, ScriptedBackEnd.CONFIG);
        frontEnd.setStatus(0);
        frontEnd.resetDevice();
        assertThat(backEnd.asked()).contains("SET_LOG_BASE", "SET_CONFIG!", "RESET_DEVICE!", "REM_MEM_REG!");
    }

    @Test
    void shouldTellThatTheBackEndRefused() {
        frontEnd.handshake();
        backEnd.refusing("SET_STATUS");
        expect(Kind.REFUSED, () -> frontEnd.setStatus(1));
        backEnd.refusing("GET_CONFIG");
        expect(Kind.REFUSED, () -> frontEnd.getConfig(0, 8));

        assertThat(frontEnd.getStatus()).isEqualTo(15);
    }

    @Test
    void shouldNotWaitForEverWhenTheBackEndIsSilent() {
        FrontEndWire impatient = new FrontEndWire(pair.get(0), 50);
        backEnd.ignoring("GET_FEATURES");

        expect(
                Kind.TIMEOUT,
                () -> impatient.ask(new FrontEndMessage.GetFeatures()).close());
    }

    @Test
    void shouldTellThatTheBackEndHasClosed() {
        frontEnd.handshake();
        backEnd.closingAt("RESET_DEVICE");

        expect(Kind.CLOSED, frontEnd::resetDevice);
        assertThat(frontEnd.wire().awaitClosed()).isTrue();
    }

    @Test
    void shouldNoticeAnAnswerThatIsNone() {
        frontEnd.handshake();

        expect(Kind.BAD_REPLY, () -> frontEnd.getConfig(0, 4));
    }

    @Test
    void shouldHearTheBackEndAndAnswerItWhileItWaitsItself() throws InterruptedException {
        frontEnd.handshake();
        VhostSocket channel = backEnd.backChannel();
        channel.send(BackChannelCodec.encode(new BackEndMessage.ConfigChange(), true));

        assertThat(frontEnd.backChannel().await(2_000)).isEqualTo(new BackEndMessage.ConfigChange());
        assertThat(channel.awaitReadable(2_000)).isTrue();
        Frame answer = channel.receive();
        assertThat(answer)
                .isNotNull()
                .extracting(frame -> frame.body().getLong())
                .isEqualTo(0L);
        assertThat(frontEnd.backChannel().failure()).isNull();
    }

    @Test
    void shouldSendWhatNoHonestFrontEndSends() {
        frontEnd.handshake();
        Header lying = new Header(FrontEndRequest.SET_STATUS.number(), 1 | 8, 3);
        frontEnd.wire().sendFrame(new Frame(lying, ByteBuffer.allocate(3), PassedFds.none()));
        Frame refusal = frontEnd.wire().awaitFrame("a refusal");
        frontEnd.wire().sendByteByByte(RequestCodec.encode(new FrontEndMessage.GetStatus(), false));
        Frame answer = frontEnd.wire().awaitFrame("the status");

        assertThat(refusal.body().getLong()).isEqualTo(1);
        assertThat(answer.body().getLong()).isEqualTo(15);
        assertThat(backEnd.asked()).contains("refused: BAD_SIZE", "GET_STATUS");
    }

    @Test
    void shouldNegotiateOnlyWhatIsWished() throws InterruptedException {
        List<VhostSocket> other = VhostSocket.pair();
        try (ScriptedBackEnd willing = new ScriptedBackEnd(other.get(1), -1);
                FrontEnd modest =
                        FrontEnd.over(other.get(0), WISHES.withProtocolFeatures(Set.of(ProtocolFeature.MQ)))) {
            assertThat(modest.handshake().protocolFeatures()).containsExactly(ProtocolFeature.MQ);
            assertThat(willing.asked()).contains("GET_QUEUE_NUM").doesNotContain("GET_MAX_MEM_SLOTS");
        }
    }
}
