package dev.troupe.transport.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.transport.testing.LeakCheck;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakCheck.class)
class CodecRoundTripTest {
    private static final long REPLY_ACK = ProtocolFeature.REPLY_ACK.mask();
    private static final Header ANY_REQUEST = Header.request(FrontEndRequest.GET_FEATURES.number(), false, 0);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void shouldReadBackEveryRequestWhenItWasWritten(long seed) {
        List<FrontEndMessage> messages = new SampleMessages(seed).oneOfEach();

        List<FrontEndMessage> readBack = messages.stream()
                .map(message -> RequestCodec.encode(message, false))
                .map(RequestCodec::decode)
                .toList();

        readBack.forEach(FrontEndMessage::close);
        assertThat(readBack).as("seed %d", seed).isEqualTo(messages);
    }

    @Test
    void shouldHaveASampleOfEveryRequestSoThatNoneIsLeftOut() {
        List<FrontEndMessage> messages = new SampleMessages(1).oneOfEach();

        messages.forEach(FrontEndMessage::close);
        assertThat(messages.stream().map(FrontEndMessage::number).filter(n -> n <= 45))
                .containsExactlyInAnyOrderElementsOf(Stream.of(FrontEndRequest.values())
                        .map(FrontEndRequest::number)
                        .toList());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void shouldReadBackEveryBackChannelRequestWhenItWasWritten(long seed) {
        List<BackEndMessage> messages = new SampleMessages(seed).oneOfEachOnTheBackChannel();

        List<BackEndMessage> readBack = messages.stream()
                .map(message -> BackChannelCodec.encode(message, true))
                .map(BackChannelCodec::decode)
                .toList();

        readBack.forEach(BackEndMessage::close);
        assertThat(readBack).as("seed %d", seed).isEqualTo(messages);
    }

    static Stream<Object[]> repliesAndTheirRequests() {
        SampleMessages samples = new SampleMessages(7);
        return Stream.of(
                new Object[] {FrontEndRequest.GET_FEATURES, new BackEndReply.U64(samples.word())},
                new Object[] {FrontEndRequest.SET_OWNER, BackEndReply.U64.FAILED},
                new Object[] {FrontEndRequest.SET_LOG_BASE, BackEndReply.U64.OK},
                new Object[] {FrontEndRequest.GET_VRING_BASE, new BackEndReply.VringBase(3, 0x8001_8001)},
                new Object[] {FrontEndRequest.GET_CONFIG, new BackEndReply.Config(4, 0, samples.bytes(60))},
                new Object[] {FrontEndRequest.GET_CONFIG, new BackEndReply.Empty()},
                new Object[] {FrontEndRequest.POSTCOPY_ADVISE, new BackEndReply.Empty(SampleMessages.fds(1))},
                new Object[] {
                    FrontEndRequest.GET_INFLIGHT_FD,
                    new BackEndReply.InflightFd(samples.inflight(), SampleMessages.fds(1))
                },
                new Object[] {
                    FrontEndRequest.GET_SHARED_OBJECT,
                    new BackEndReply.SharedObject(samples.bytes(16), SampleMessages.fds(1))
                },
                new Object[] {
                    FrontEndRequest.SET_DEVICE_STATE_FD,
                    new BackEndReply.DeviceStateFd(BackEndReply.DeviceStateFd.NO_FD, PassedFds.none())
                },
                new Object[] {FrontEndRequest.CREATE_CRYPTO_SESSION, new BackEndReply.Raw(samples.bytes(700))});
    }

    @ParameterizedTest
    @MethodSource("repliesAndTheirRequests")
    void shouldReadBackEveryReplyWhenItWasWritten(FrontEndRequest request, BackEndReply reply) {
        Frame frame = ReplyCodec.encode(Header.request(request.number(), true, 0), reply);

        try (BackEndReply readBack = ReplyCodec.decode(frame, request.number())) {
            assertThat(readBack).isEqualTo(reply);
            assertThat(frame.header().flags()).isEqualTo(5);
        }
    }

    @Test
    void shouldFillUpTheShmemConfigWhenFewerRegionsExist() {
        BackEndReply.ShmemConfig reply = new BackEndReply.ShmemConfig(List.of(0L, 4096L));

        Frame frame = ReplyCodec.encode(Header.request(44, false, 0), reply);

        assertThat(frame.header().sizeBytes()).isEqualTo(8 + 256 * 8);
        assertThat(frame.body().getInt(0)).isEqualTo(1);
        assertThat(ReplyCodec.decode(frame, 44))
                .isInstanceOfSatisfying(
                        BackEndReply.ShmemConfig.class,
                        config -> assertThat(config.sizesBytes())
                                .startsWith(0L, 4096L)
                                .hasSize(256));
    }

    @Test
    void shouldAnswerAnInflightRequestInItsOwnLengthBecausePeersPadItOrDoNot() {
        BackEndReply reply = new BackEndReply.InflightFd(new InflightRegion(1, 2, 3, 4), PassedFds.none());

        assertThat(ReplyCodec.encode(Header.request(31, false, 20), reply)
                        .header()
                        .sizeBytes())
                .isEqualTo(20);
        assertThat(ReplyCodec.encode(Header.request(31, false, 24), reply)
                        .header()
                        .sizeBytes())
                .isEqualTo(24);
    }

    @Test
    void shouldRefuseAReplyAndCloseItsDescriptorsWhenItAnswersSomethingElse() {
        LeakCheck.Snapshot before = LeakCheck.snapshot();
        Frame frame = ReplyCodec.encode(
                Header.request(31, false, 24),
                new BackEndReply.InflightFd(new InflightRegion(1, 2, 3, 4), SampleMessages.fds(1)));

        assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> ReplyCodec.decode(frame, 11)))
                .isInstanceOf(ProtocolException.class);
        assertThat(LeakCheck.leakedSince(before)).isEmpty();
    }

    @Test
    void shouldRefuseWithAnAcknowledgementOnlyWhereOneWasAskedFor() {
        Header asked = Header.request(FrontEndRequest.SET_OWNER.number(), true, 0);
        Header notAsked = Header.request(FrontEndRequest.SET_OWNER.number(), false, 0);

        assertThat(ReplyCodec.refusal(asked, REPLY_ACK))
                .isNotNull()
                .extracting(frame -> frame.body().getLong())
                .isEqualTo(1L);
        assertThat(ReplyCodec.refusal(asked, 0)).isNull();
        assertThat(ReplyCodec.refusal(notAsked, REPLY_ACK)).isNull();
    }

    @Test
    void shouldRefuseAQuestionWithAnEmptyPayloadSoThatNobodyWaitsInVain() {
        assertThat(ReplyCodec.refusal(Header.request(FrontEndRequest.GET_CONFIG.number(), false, 20), 0))
                .isNotNull()
                .extracting(frame -> frame.header().sizeBytes())
                .isEqualTo(0);
        assertThat(ReplyCodec.refusal(ANY_REQUEST, REPLY_ACK)).isNotNull();
        assertThat(ReplyCodec.refusal(Header.reply(1, 0), REPLY_ACK)).isNull();
    }

    @Test
    void shouldRefuseADirtyLogUnaskedOnlyWhereItsAnswerWasNegotiated() {
        Header log = Header.request(FrontEndRequest.SET_LOG_BASE.number(), false, 16);
        Header asked = Header.request(FrontEndRequest.SET_LOG_BASE.number(), true, 16);

        assertThat(ReplyCodec.refusal(log, ProtocolFeature.LOG_SHMFD.mask())).isNotNull();
        assertThat(ReplyCodec.refusal(log, REPLY_ACK)).isNull();
        assertThat(ReplyCodec.refusal(asked, REPLY_ACK)).isNotNull();
    }

    @Test
    void shouldCarryAnAnswerOnTheBackChannel() {
        Header request = Header.request(BackEndRequest.CONFIG_CHANGE_MSG.number(), true, 0);

        Frame frame = BackChannelCodec.encodeReply(request, 5, PassedFds.none());

        assertThat(BackChannelCodec.decodeReply(frame))
                .isEqualTo(new BackChannelCodec.Answer(request.request(), 5, PassedFds.none()));
    }

    @Test
    void shouldNameRequestsForPeople() {
        assertThat(Stream.of(
                                new FrontEndMessage.SetOwner(),
                                new FrontEndMessage.Unknown(-1, Bytes.EMPTY, PassedFds.none()))
                        .map(FrontEndMessage::name)
                        .collect(Collectors.joining(", ")))
                .isEqualTo("SET_OWNER, request 4294967295");
    }
}
