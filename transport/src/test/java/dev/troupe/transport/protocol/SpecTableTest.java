package dev.troupe.transport.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The tables against the specification's own lists, typed in independently. */
class SpecTableTest {
    @Test
    void shouldNumberFrontEndRequestsAsTheSpecificationDoes() {
        List<String> inOrder =
                List.of(("GET_FEATURES SET_FEATURES SET_OWNER RESET_OWNER SET_MEM_TABLE SET_LOG_BASE SET_LOG_FD"
                                + " SET_VRING_NUM SET_VRING_ADDR SET_VRING_BASE GET_VRING_BASE SET_VRING_KICK"
                                + " SET_VRING_CALL SET_VRING_ERR GET_PROTOCOL_FEATURES SET_PROTOCOL_FEATURES GET_QUEUE_NUM"
                                + " SET_VRING_ENABLE SEND_RARP NET_SET_MTU SET_BACKEND_REQ_FD IOTLB_MSG SET_VRING_ENDIAN"
                                + " GET_CONFIG SET_CONFIG CREATE_CRYPTO_SESSION CLOSE_CRYPTO_SESSION POSTCOPY_ADVISE"
                                + " POSTCOPY_LISTEN POSTCOPY_END GET_INFLIGHT_FD SET_INFLIGHT_FD GPU_SET_SOCKET"
                                + " RESET_DEVICE VRING_KICK GET_MAX_MEM_SLOTS ADD_MEM_REG REM_MEM_REG SET_STATUS GET_STATUS"
                                + " GET_SHARED_OBJECT SET_DEVICE_STATE_FD CHECK_DEVICE_STATE GET_SHMEM_CONFIG"
                                + " GET_VRING_BASE_SKIP_DRAIN")
                        .split(" ", -1));

        assertThat(Stream.of(FrontEndRequest.values()).map(Enum::name)).isEqualTo(inOrder);
        assertThat(Stream.of(FrontEndRequest.values()).map(FrontEndRequest::number))
                .isEqualTo(Stream.iterate(1, n -> n + 1).limit(45).toList());
    }

    @Test
    void shouldNumberBackEndRequestsAsTheSpecificationDoes() {
        List<String> inOrder = List.of(("IOTLB_MSG CONFIG_CHANGE_MSG VRING_HOST_NOTIFIER_MSG VRING_CALL VRING_ERR"
                        + " SHARED_OBJECT_ADD SHARED_OBJECT_REMOVE SHARED_OBJECT_LOOKUP SHMEM_MAP SHMEM_UNMAP")
                .split(" ", -1));

        assertThat(Stream.of(BackEndRequest.values()).map(Enum::name)).isEqualTo(inOrder);
        assertThat(Stream.of(BackEndRequest.values()).map(BackEndRequest::number))
                .isEqualTo(Stream.iterate(1, n -> n + 1).limit(10).toList());
        assertThat(BackEndRequest.VRING_CALL.specName()).isEqualTo("VHOST_USER_BACKEND_VRING_CALL");
    }

    @Test
    void shouldNumberProtocolFeaturesAsTheSpecificationDoes() {
        List<String> inOrder =
                List.of(("MQ LOG_SHMFD RARP REPLY_ACK MTU BACKEND_REQ CROSS_ENDIAN CRYPTO_SESSION PAGEFAULT CONFIG"
                                + " BACKEND_SEND_FD HOST_NOTIFIER INFLIGHT_SHMFD RESET_DEVICE INBAND_NOTIFICATIONS"
                                + " CONFIGURE_MEM_SLOTS STATUS XEN_MMAP SHARED_OBJECT DEVICE_STATE GET_VRING_BASE_INFLIGHT"
                                + " GPA_ADDRESSES SHMEM GET_VRING_BASE_SKIP_DRAIN")
                        .split(" ", -1));

        assertThat(Stream.of(ProtocolFeature.values()).map(Enum::name)).isEqualTo(inOrder);
        assertThat(Stream.of(ProtocolFeature.values()).map(ProtocolFeature::bit))
                .isEqualTo(Stream.iterate(0, n -> n + 1).limit(24).toList());
    }

    @ParameterizedTest
    @CsvSource({
        "GET_FEATURES, 0, 0, 0, 0, VALUE",
        "SET_MEM_TABLE, 8, 264, 0, 8, ACK",
        "SET_LOG_BASE, 16, 16, 1, 1, STATUS",
        "SET_VRING_ADDR, 40, 40, 0, 0, ACK",
        "GET_VRING_BASE, 8, 8, 0, 0, VALUE",
        "SET_VRING_KICK, 8, 8, 0, 1, ACK",
        "SET_BACKEND_REQ_FD, 0, 0, 1, 1, ACK",
        "IOTLB_MSG, 26, 32, 0, 0, STATUS",
        "GET_CONFIG, 12, 268, 0, 0, VALUE",
        "SET_INFLIGHT_FD, 20, 24, 1, 1, ACK",
        "ADD_MEM_REG, 40, 40, 1, 1, ACK",
        "REM_MEM_REG, 40, 40, 0, 1, ACK",
        "CHECK_DEVICE_STATE, 0, 0, 0, 0, STATUS"
    })
    void shouldKnowSizesDescriptorsAndRepliesOfRequests(
            FrontEndRequest request, int least, int most, int leastFds, int mostFds, ReplyKind reply) {
        assertThat(request.payloadBytes()).isEqualTo(new Range(least, most));
        assertThat(request.fds()).isEqualTo(new Range(leastFds, mostFds));
        assertThat(request.reply()).isEqualTo(reply);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 46, 1002, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void shouldTakeAnUnknownNumberForAValueAndNotForAMistake(int number) {
        assertThat(FrontEndRequest.ofNumber(number)).isEmpty();
        assertThat(BackEndRequest.ofNumber(number)).isEmpty();
    }

    @Test
    void shouldOpenAGateOnlyWhenAllOfItIsNegotiated() {
        Gate gate = FrontEndRequest.GET_VRING_BASE_SKIP_DRAIN.gate();
        long all = ProtocolFeature.maskOf(
                ProtocolFeature.GET_VRING_BASE_SKIP_DRAIN,
                ProtocolFeature.GET_VRING_BASE_INFLIGHT,
                ProtocolFeature.INFLIGHT_SHMFD);

        assertThat(gate.isOpen(0, 0, all)).isTrue();
        assertThat(gate.isOpen(-1, -1, all & ~ProtocolFeature.INFLIGHT_SHMFD.mask()))
                .isFalse();
        assertThat(FrontEndRequest.SET_VRING_ENABLE.gate().isOpen(1L << 30, 0, -1))
                .isFalse();
        assertThat(FrontEndRequest.GET_PROTOCOL_FEATURES.gate().isOpen(1L << 30, 0, 0))
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "1, net",
        "2, block",
        "4, rng",
        "8, scsi",
        "9, 9p",
        "16, gpu",
        "18, input",
        "19, vsock",
        "25, sound",
        "26, fs",
        "32, scmi",
        "34, i2c",
        "36, can",
        "41, gpio",
        "45, spi",
        "48, media"
    })
    void shouldKnowDeviceTypesByNumberAndName(int id, String label) {
        assertThat(DeviceType.ofId(id)).get().extracting(DeviceType::label).isEqualTo(label);
        assertThat(DeviceType.ofLabel(label)).get().extracting(DeviceType::id).isEqualTo(id);
    }

    @Test
    void shouldNameFeatureBitsAndKeepUnknownOnesAsNumbers() {
        assertThat(VirtioFeature.describe(VirtioFeature.maskOf(VirtioFeature.EVENT_IDX, VirtioFeature.VERSION_1) | 1))
                .isEqualTo("0, EVENT_IDX, VERSION_1");
        assertThat(VirtioFeature.LOG_ALL.mask()).isEqualTo(1L << 26);
        assertThat(ProtocolFeature.describe(1L << 40 | 1)).isEqualTo("MQ, 40");
        assertThat(ProtocolFeature.describe(0)).isEqualTo("none");
        assertThat(ProtocolFeature.setOf(1L << 40 | 1L << 3)).isEqualTo(Set.of(ProtocolFeature.REPLY_ACK));
    }
}
