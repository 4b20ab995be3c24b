package dev.troupe.transport.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.troupe.transport.protocol.Violation.Kind;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakCheck.class)
class MessageRulesTest {
    private static Frame frame(FrontEndRequest request, int flags, ByteBuffer payload, int fds) {
        payload.rewind();
        return new Frame(new Header(request.number(), flags, payload.remaining()), payload, SampleMessages.fds(fds));
    }

    private static ByteBuffer payload(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
    }

    private static @Nullable Kind kindOf(Frame frame) {
        try (frame) {
            Violation violation = MessageRules.checkRequest(frame);
            return violation == null ? null : violation.kind();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 3})
    void shouldLoseTheStreamWhenTheVersionIsNotOne(int version) {
        Violation violation = MessageRules.checkHeader(new Header(1, version, 0));

        assertThat(violation).isNotNull().extracting(Violation::kind).isEqualTo(Kind.BAD_VERSION);
        assertThat(violation).extracting(Violation::streamUnreadable).isEqualTo(true);
    }

    @ParameterizedTest
    @ValueSource(ints = {4097, Integer.MAX_VALUE, -1, Integer.MIN_VALUE})
    void shouldLoseTheStreamWhenTheHeaderAnnouncesMoreThanAnyMessageHas(int size) {
        assertThat(MessageRules.checkHeader(new Header(1, 1, size)))
                .isNotNull()
                .extracting(Violation::streamUnreadable)
                .isEqualTo(true);
    }

    @ParameterizedTest
    @ValueSource(ints = {1 | 4, 1 | 16, 1 | 0x80000000})
    void shouldRefuseRepliesAndReservedFlags(int flags) {
        assertThat(kindOf(frame(FrontEndRequest.GET_FEATURES, flags, payload(0), 0)))
                .isEqualTo(Kind.BAD_FLAGS);
    }

    @ParameterizedTest
    @CsvSource({
        "GET_FEATURES, 1", "SET_FEATURES, 7", "SET_FEATURES, 9", "SET_FEATURES, 0", "SET_VRING_ADDR, 39",
        "SET_VRING_ADDR, 48", "SET_MEM_TABLE, 7", "SET_MEM_TABLE, 9", "GET_CONFIG, 11", "GET_CONFIG, 269",
        "GET_INFLIGHT_FD, 22", "ADD_MEM_REG, 32", "GET_VRING_BASE, 4", "IOTLB_MSG, 25"
    })
    void shouldRefuseAPayloadOfAnotherLengthAndKeepTheStream(FrontEndRequest request, int bytes) {
        Frame frame = frame(request, 1, payload(bytes), request.fds().least());

        assertThat(kindOf(frame)).isEqualTo(Kind.BAD_SIZE);
        assertThat(MessageRules.checkHeader(frame.header())).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "GET_FEATURES, 0, 1",
        "SET_FEATURES, 8, 1",
        "ADD_MEM_REG, 40, 0",
        "ADD_MEM_REG, 40, 2",
        "REM_MEM_REG, 40, 2",
        "SET_BACKEND_REQ_FD, 0, 0",
        "SET_LOG_BASE, 16, 0",
        "SET_VRING_KICK, 8, 0",
        "SET_VRING_KICK, 8, 2",
        "SET_MEM_TABLE, 8, 1",
        "SET_MEM_TABLE, 8, 9",
        "SET_INFLIGHT_FD, 24, 0"
    })
    void shouldRefuseAnotherNumberOfDescriptors(FrontEndRequest request, int bytes, int fds) {
        assertThat(kindOf(frame(request, 1, payload(bytes), fds))).isEqualTo(Kind.BAD_FD_COUNT);
    }

    @Test
    void shouldRefuseDescriptorsThatCameBehindTheFirstByte() {
        Frame frame = new Frame(Header.request(1, false, 0), payload(0), PassedFds.none(), 1, false);

        assertThat(kindOf(frame)).isEqualTo(Kind.BAD_FD_COUNT);
    }

    @Test
    void shouldRefuseAMessageWhoseDescriptorsThereWasNoRoomFor() {
        Frame frame = new Frame(Header.request(1, false, 0), payload(0), PassedFds.none(), 0, true);

        assertThat(kindOf(frame)).isEqualTo(Kind.BAD_FD_COUNT);
    }

    @ParameterizedTest
    @ValueSource(ints = {9, 0x8000_0000, -1})
    void shouldRefuseAMemoryTableWithMoreRegionsThanItCanHold(int count) {
        assertThat(kindOf(frame(FrontEndRequest.SET_MEM_TABLE, 1, payload(264).putInt(0, count), 8)))
                .isEqualTo(Kind.BAD_FIELD);
    }

    @Test
    void shouldRefuseAMemoryTableWhoseLengthDoesNotFitItsCount() {
        assertThat(kindOf(
                        frame(FrontEndRequest.SET_MEM_TABLE, 1, payload(8 + 64).putInt(0, 1), 1)))
                .isEqualTo(Kind.BAD_SIZE);
    }

    @ParameterizedTest
    @ValueSource(longs = {0x200, 0x1_0000_0000L, -1})
    void shouldRefuseUnknownBitsInAVringDescriptorMessage(long word) {
        assertThat(kindOf(frame(FrontEndRequest.SET_VRING_CALL, 1, payload(8).putLong(0, word), 1)))
                .isEqualTo(Kind.BAD_FIELD);
    }

    @Test
    void shouldRefuseADescriptorThatTheMessageSaysIsNotThere() {
        assertThat(kindOf(frame(FrontEndRequest.SET_VRING_CALL, 1, payload(8).putLong(0, 0x100), 1)))
                .isEqualTo(Kind.BAD_FD_COUNT);
    }

    @ParameterizedTest
    @CsvSource({
        "SET_VRING_NUM, 65536", "SET_VRING_NUM, -1", "SET_VRING_BASE, -2147483648", "GET_VRING_BASE, 16777216",
        "SET_VRING_ENABLE, -1", "VRING_KICK, 65536", "GET_VRING_BASE_SKIP_DRAIN, -1", "SET_VRING_ADDR, 65536"
    })
    void shouldRefuseAVringIndexThatNoDeviceHas(FrontEndRequest request, int index) {
        ByteBuffer payload = payload(request.payloadBytes().least()).putInt(0, index);

        assertThat(kindOf(frame(request, 1, payload, 0))).isEqualTo(Kind.BAD_FIELD);
    }

    @ParameterizedTest
    @CsvSource({"SET_VRING_NUM, 32769", "SET_VRING_NUM, -1", "SET_VRING_ENABLE, 2", "SET_VRING_ENABLE, -1"})
    void shouldRefuseAVringNumberThatCannotBe(FrontEndRequest request, int num) {
        assertThat(kindOf(frame(request, 1, payload(8).putInt(4, num), 0))).isEqualTo(Kind.BAD_FIELD);
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 0", "0, 257, 0", "-1, 4, 0", "65536, 4, 0", "0, -1, 0", "0, 4, 7"})
    void shouldRefuseAConfigRangeThatCannotBe(int offset, int size, int flags) {
        ByteBuffer payload = payload(16).putInt(0, offset).putInt(4, size).putInt(8, flags);

        assertThat(kindOf(frame(FrontEndRequest.GET_CONFIG, 1, payload, 0))).isEqualTo(Kind.BAD_FIELD);
    }

    @Test
    void shouldRefuseToWriteConfigThatIsShorterThanItSays() {
        ByteBuffer payload = payload(14).putInt(4, 4);

        assertThat(kindOf(frame(FrontEndRequest.SET_CONFIG, 1, payload, 0))).isEqualTo(Kind.BAD_SIZE);
    }

    @Test
    void shouldLetAnUnknownRequestPassBecauseItIsNotAQuestionOfSyntax() {
        Frame frame = new Frame(Header.request(4711, true, 3), payload(3), SampleMessages.fds(2));

        assertThat(RequestCodec.decode(frame)).isInstanceOfSatisfying(FrontEndMessage.Unknown.class, unknown -> {
            assertThat(unknown.number()).isEqualTo(4711);
            assertThat(unknown.fds().count()).isEqualTo(2);
            unknown.close();
        });
    }

    @Test
    void shouldCloseTheDescriptorsOfARefusedMessage() {
        LeakCheck.Snapshot before = LeakCheck.snapshot();
        Frame frame = frame(FrontEndRequest.GET_FEATURES, 1, payload(0), 3);

        ProtocolException refused = catchThrowableOfType(ProtocolException.class, () -> RequestCodec.decode(frame));

        assertThat(refused.streamUnreadable()).isFalse();
        assertThat(refused).hasMessageContaining("GET_FEATURES came with 3 descriptors");
        assertThat(LeakCheck.leakedSince(before)).isEmpty();
    }

    @Test
    void shouldRefuseABackChannelRequestOfAnotherLength() {
        Frame frame = new Frame(Header.request(BackEndRequest.VRING_CALL.number(), false, 4), payload(4));

        assertThat(MessageRules.checkBackRequest(frame))
                .isNotNull()
                .extracting(Violation::kind)
                .isEqualTo(Kind.BAD_SIZE);
    }
}
