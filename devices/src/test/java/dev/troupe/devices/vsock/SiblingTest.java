package dev.troupe.devices.vsock;

import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_CREDIT_UPDATE;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_REQUEST;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_RESPONSE;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_RST;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_RW;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_SHUTDOWN;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_SEQ_EOM;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_SEQ_EOR;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_SHUTDOWN_F_RECEIVE;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_TYPE_SEQPACKET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.transport.loop.EventLoopConfig;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Two guests of one daemon, each on an event loop of its own. */
@ExtendWith(LeakCheck.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SiblingTest {
    private static final int LEFT_PORT = 7000;
    private static final int RIGHT_PORT = 8000;
    private static final int LEFT = 3;
    private static final int RIGHT = 4;
    private static final long LEAST_ROOM = 16 << 10;

    @TempDir
    Path folder = Path.of("");

    static Stream<Arguments> loopsAndLayouts() {
        return Stream.of(EventLoopConfig.Choice.IO_URING, EventLoopConfig.Choice.EPOLL)
                .flatMap(choice -> Stream.of(false, true).map(packed -> Arguments.of(choice, packed)));
    }

    private VsockHost host(EventLoopConfig.Choice choice, List<String> left, List<String> right) {
        return host(choice, left, right, (long) Packet.ROOM);
    }

    private VsockHost host(EventLoopConfig.Choice choice, List<String> left, List<String> right, long room) {
        VsockHost host = new VsockHost(choice, folder);
        host.add("left", Map.of("guest-cid", (long) LEFT, "groups", left, "buffer-size", room));
        host.add("right", Map.of("guest-cid", (long) RIGHT, "groups", right, "buffer-size", room));
        return host;
    }

    private VsockHost host(EventLoopConfig.Choice choice) {
        return host(choice, List.of("a", "both"), List.of("both", "c"));
    }

    private static VsockGuest guest(VsockHost host, String name, boolean packed) {
        return VsockGuest.connect(host.path(name), packed, VsockGuest.ALL_FEATURES);
    }

    private static Packet request() {
        return Packet.toHost(VIRTIO_VSOCK_OP_REQUEST, LEFT_PORT, RIGHT_PORT).to(RIGHT);
    }

    /** The left guest connects to the right one; the packets that each can go on with. */
    private static Packet[] connect(VsockGuest left, VsockGuest right, Packet request) {
        left.send(request);
        Packet response = right.accept();
        assertThat(response.dstCid()).isEqualTo(LEFT);
        assertThat(response.dstPort()).isEqualTo(LEFT_PORT);
        left.next(VIRTIO_VSOCK_OP_RESPONSE);
        return new Packet[] {request, response};
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldTalkBothWaysWhenTheyShareAGroup(EventLoopConfig.Choice choice, boolean packed) {
        try (VsockHost host = host(choice);
                VsockGuest left = guest(host, "left", packed);
                VsockGuest right = guest(host, "right", packed)) {
            Packet[] ends = connect(left, right, request());
            left.send(ends[0].text("from the left"));
            assertThat(right.nextBesidesCredit().text()).isEqualTo("from the left");
            right.send(ends[1].text("from the right"));
            assertThat(left.nextBesidesCredit().text()).isEqualTo("from the right");
        }
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldRefuseWhenTheyShareNoGroupOrNobodyHasTheCid(EventLoopConfig.Choice choice, boolean packed) {
        try (VsockHost host = host(choice, List.of("a"), List.of("b"));
                VsockGuest left = guest(host, "left", packed);
                VsockGuest right = guest(host, "right", packed)) {
            for (long cid : new long[] {RIGHT, 5, LEFT, 1, 0, 0xFFFF_FFFFL, 1L << 32 | RIGHT}) {
                left.send(request().to(cid));
                left.next(VIRTIO_VSOCK_OP_RST);
            }
            assertThat(right.hasNext()).isFalse();
        }
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldPassARefusalOn(EventLoopConfig.Choice choice, boolean packed) {
        try (VsockHost host = host(choice);
                VsockGuest left = guest(host, "left", packed);
                VsockGuest right = guest(host, "right", packed)) {
            left.send(request());
            right.send(right.next(VIRTIO_VSOCK_OP_REQUEST).back(VIRTIO_VSOCK_OP_RST));
            left.next(VIRTIO_VSOCK_OP_RST);
        }
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldPassEveryByteOnWhenTheReaderIsSlow(EventLoopConfig.Choice choice, boolean packed) {
        byte[] much = new byte[Packet.ROOM + 100_000];
        new Random(1).nextBytes(much);
        try (VsockHost host = host(choice);
                VsockGuest left = guest(host, "left", packed);
                VsockGuest right = guest(host, "right", packed)) {
            Packet[] ends = connect(left, right, request());
            left.send(ends[0].op(VIRTIO_VSOCK_OP_RW).payload(Arrays.copyOf(much, Packet.ROOM)));
            byte[] first = right.read(ends[1], Packet.ROOM / 2);
            assertThat(left.next(VIRTIO_VSOCK_OP_CREDIT_UPDATE).fwdCnt()).isGreaterThanOrEqualTo(100_000);
            left.send(ends[0].op(VIRTIO_VSOCK_OP_RW).payload(Arrays.copyOfRange(much, Packet.ROOM, much.length)));
            byte[] rest = right.read(ends[1].credit(Packet.ROOM, first.length), much.length - first.length);
            assertThat(first).isEqualTo(Arrays.copyOf(much, first.length));
            assertThat(rest).isEqualTo(Arrays.copyOfRange(much, first.length, much.length));
        }
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldPassEachEndOnBehindTheData(EventLoopConfig.Choice choice, boolean packed) {
        try (VsockHost host = host(choice);
                VsockGuest left = guest(host, "left", packed);
                VsockGuest right = guest(host, "right", packed)) {
            Packet[] ends = connect(left, right, request());
            left.send(ends[0].op(VIRTIO_VSOCK_OP_SHUTDOWN).flags(VIRTIO_VSOCK_SHUTDOWN_F_RECEIVE));
            assertThat(right.next(VIRTIO_VSOCK_OP_SHUTDOWN).flags()).isEqualTo(VIRTIO_VSOCK_SHUTDOWN_F_RECEIVE);
            left.send(ends[0].text("last words"));
            left.send(ends[0].op(VIRTIO_VSOCK_OP_SHUTDOWN).flags(VsockWire.SHUTDOWN_BOTH));
            assertThat(right.nextBesidesCredit().text()).isEqualTo("last words");
            assertThat(right.next(VIRTIO_VSOCK_OP_SHUTDOWN).flags()).isEqualTo(VsockWire.SHUTDOWN_BOTH);
            right.send(ends[1].op(VIRTIO_VSOCK_OP_RST));
            assertThat(left.nextBesidesCredit().op()).isEqualTo(VIRTIO_VSOCK_OP_RST);
        }
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldDeliverWhatWasSentWhenTheSenderIsGone(EventLoopConfig.Choice choice, boolean packed) {
        try (VsockHost host = host(choice);
                VsockGuest left = guest(host, "left", packed);
                VsockGuest right = guest(host, "right", packed)) {
            Packet[] ends = connect(left, right, request().credit(Packet.ROOM, 0));
            left.send(ends[0].text("last words"));
            left.send(ends[0].op(VIRTIO_VSOCK_OP_RST));
            assertThat(right.nextBesidesCredit().text()).isEqualTo("last words");
            right.next(VIRTIO_VSOCK_OP_RST);
        }
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldKeepMessagesAndRecordsApartWhenTheyAreCut(EventLoopConfig.Choice choice, boolean packed) {
        byte[] longer = new byte[9000];
        new Random(2).nextBytes(longer);
        int eor = VIRTIO_VSOCK_SEQ_EOM | VIRTIO_VSOCK_SEQ_EOR;
        try (VsockHost host = host(choice);
                VsockGuest left = guest(host, "left", packed);
                VsockGuest right = guest(host, "right", packed)) {
            Packet[] ends = connect(left, right, request().type(VIRTIO_VSOCK_TYPE_SEQPACKET));
            Packet message = ends[0].op(VIRTIO_VSOCK_OP_RW);
            left.send(message.payload(longer).flags(eor));
            left.send(message.payload(new byte[0]).flags(VIRTIO_VSOCK_SEQ_EOM));
            left.send(message.payload(new byte[] {1, 2}));
            left.send(message.payload(new byte[] {3}).flags(VIRTIO_VSOCK_SEQ_EOM));
            List<String> got = new ArrayList<>();
            List<Integer> flags = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                Packet piece = right.nextBesidesCredit();
                got.add(piece.op() + ":" + piece.len());
                flags.add(piece.flags());
            }
            int room = 4096 - VsockWire.HEADER_SIZE;
            assertThat(got).containsExactly("5:" + room, "5:" + room, "5:" + (9000 - 2 * room), "5:0", "5:2", "5:1");
            assertThat(flags).containsExactly(0, 0, eor, VIRTIO_VSOCK_SEQ_EOM, 0, VIRTIO_VSOCK_SEQ_EOM);
        }
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldResetOnlyTheConnectionWhenItsMessagesFillUpAllThereIs(EventLoopConfig.Choice choice, boolean packed) {
        try (VsockHost host = host(choice, List.of("both"), List.of("both"), LEAST_ROOM);
                VsockGuest left = guest(host, "left", packed);
                VsockGuest right = VsockGuest.withoutBuffers(host.path("right"), packed, VsockGuest.ALL_FEATURES)) {
            right.addBuffer();
            Packet message = request().type(VIRTIO_VSOCK_TYPE_SEQPACKET);
            left.send(message);
            right.send(right.next(VIRTIO_VSOCK_OP_REQUEST).back(VIRTIO_VSOCK_OP_RESPONSE));
            left.next(VIRTIO_VSOCK_OP_RESPONSE);
            Packet empty = message.op(VIRTIO_VSOCK_OP_RW).flags(VIRTIO_VSOCK_SEQ_EOM);
            int sent = 0;
            while (!left.hasNext()) {
                left.send(empty);
                sent++;
            }
            assertThat(left.next().op()).isEqualTo(VIRTIO_VSOCK_OP_RST);
            assertThat(sent).isGreaterThan(2 * (int) LEAST_ROOM / 4);
        }
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldResetWhenTheOthersDeviceIsRestarted(EventLoopConfig.Choice choice, boolean packed) {
        try (VsockHost host = host(choice);
                VsockGuest left = guest(host, "left", packed);
                VsockGuest right = guest(host, "right", packed)) {
            connect(left, right, request());
            host.daemon().restart("right");
            left.next(VIRTIO_VSOCK_OP_RST);
            right.next(VIRTIO_VSOCK_OP_RST);
            connect(left, right, request());
        }
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldRefuseADeviceWhenAnotherHasItsCid(EventLoopConfig.Choice choice, boolean packed) {
        try (VsockHost host = host(choice);
                VsockGuest left = guest(host, "left", packed)) {
            assertThatThrownBy(() -> host.add("third", Map.of("guest-cid", (long) RIGHT)))
                    .hasMessageContaining("guest-cid 4");
            assertThat(left.hasNext()).isFalse();
        }
    }
}
