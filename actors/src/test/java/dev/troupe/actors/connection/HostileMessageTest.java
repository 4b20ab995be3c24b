package dev.troupe.actors.connection;

import static dev.troupe.actors.testing.RawPeer.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.testing.GuestRig;
import dev.troupe.actors.testing.RawPeer;
import dev.troupe.actors.testing.Stage;
import dev.troupe.transport.protocol.FrontEndRequest;
import dev.troupe.transport.protocol.Header;
import dev.troupe.transport.protocol.PassedFds;
import dev.troupe.transport.protocol.ReplyKind;
import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.HostFile;
import dev.troupe.transport.sys.SocketFd;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages that no honest front end sends: what is wrong with them alone, whatever was agreed before. */
@ExtendWith(LeakCheck.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostileMessageTest {

    private static final int WANT_REPLY = Header.VERSION | Header.NEED_REPLY;

    private Stage stage;

    @BeforeAll
    void open(@TempDir Path folder) {
        stage = Stage.open(folder);
    }

    @AfterEach
    void nothingElseIsHarmed() {
        stage.expectUnharmed();
    }

    @AfterAll
    void close() {
        stage.close();
    }

    private RawPeer attacker() {
        stage.awaitNobodyConnected();
        return RawPeer.negotiated(stage.socket());
    }

    @ParameterizedTest
    @EnumSource(FrontEndRequest.class)
    void shouldRefuseAMessageWhenItIsTooLong(FrontEndRequest request) {
        int length = request.payloadBytes().most() + 1;
        expectRefused(request, new byte[Math.min(length, Header.MAX_PAYLOAD_BYTES)], "");
    }

    static Stream<FrontEndRequest> requestsWithPayload() {
        return Arrays.stream(FrontEndRequest.values())
                .filter(request -> request.payloadBytes().least() > 0);
    }

    @ParameterizedTest
    @MethodSource("requestsWithPayload")
    void shouldRefuseAMessageWhenItIsTooShort(FrontEndRequest request) {
        expectRefused(request, new byte[request.payloadBytes().least() - 1], request.name());
    }

    private void expectRefused(FrontEndRequest request, byte[] payload, String reason) {
        long before = stage.status().violations();
        try (RawPeer attacker = attacker()) {
            assertThat(attacker.refuses(request, payload)).isTrue();
            attacker.barrier();
            stage.expectViolation(before, reason);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 46, 47, 1002, 0x7fff_ffff, 0xffff_ffff})
    void shouldRefuseAMessageWhenItsNumberIsUnknown(int number) {
        long before = stage.status().violations();
        try (RawPeer attacker = attacker()) {
            assertThat(attacker.refuses(number, bytes(1L))).isTrue();
            attacker.barrier();
            stage.expectViolation(before, "request " + Integer.toUnsignedString(number));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 3})
    void shouldDisconnectWhenTheVersionIsNotOne(int version) {
        long before = stage.status().violations();
        try (RawPeer attacker = attacker()) {
            attacker.sendRaw(1, version, bytes());
            assertThat(attacker.wire().awaitClosed()).isTrue();
            stage.expectViolation(before, "version " + version);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {Header.MAX_PAYLOAD_BYTES + 1, Integer.MAX_VALUE, -1, Integer.MIN_VALUE})
    void shouldDisconnectWhenTheHeaderAnnouncesMoreThanAnyMessageHas(int sizeBytes) {
        long before = stage.status().violations();
        try (RawPeer attacker = attacker()) {
            ByteBuffer header = ByteBuffer.allocate(Header.SIZE);
            new Header(5, WANT_REPLY, sizeBytes).write(header);
            attacker.wire().sendBytes(header.flip(), PassedFds.none());
            assertThat(attacker.wire().awaitClosed()).isTrue();
            stage.expectViolation(before, "announces");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0x10, 0x80, 0x8000_0000, 0xffff_fff0})
    void shouldRefuseAMessageWhenReservedFlagsAreSet(int reserved) {
        long before = stage.status().violations();
        try (RawPeer attacker = attacker()) {
            attacker.sendRaw(3, WANT_REPLY | reserved, bytes());
            attacker.wire().awaitFrame("the refusal").close();
            attacker.barrier();
            stage.expectViolation(before, "flags");
        }
    }

    @Test
    void shouldDropAMessageWhenItSaysToBeAReply() {
        long before = stage.status().violations();
        try (RawPeer attacker = attacker()) {
            attacker.sendRaw(1, WANT_REPLY | Header.REPLY, bytes());
            attacker.barrier();
            stage.expectViolation(before, "marked as a reply");
        }
    }

    @Test
    void shouldUnderstandAMessageWhenItComesByteByByte() {
        try (RawPeer peer = attacker()) {
            ByteBuffer message = ByteBuffer.allocate(Header.SIZE);
            new Header(1, Header.VERSION, 0).write(message);
            IntStream.range(0, Header.SIZE).forEach(i -> peer.wire().sendBytes(message.slice(i, 1), PassedFds.none()));
            peer.wire().awaitFrame("GET_FEATURES").close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, Header.SIZE - 1, Header.SIZE, Header.SIZE + 3})
    void shouldWaitForTheNextFrontEndWhenOneLeavesInTheMiddleOfAMessage(int sentBytes) {
        try (RawPeer attacker = attacker()) {
            ByteBuffer message = ByteBuffer.allocate(Header.SIZE + 8);
            new Header(2, WANT_REPLY, 8).write(message);
            attacker.wire().sendBytes(message.slice(0, sentBytes), PassedFds.none());
        }
    }

    @Test
    void shouldDisconnectWhenAMessageDoesNotEnd() {
        long before = stage.status().violations();
        try (RawPeer attacker = attacker()) {
            attacker.wire().sendBytes(ByteBuffer.allocate(1).put(0, (byte) 1), PassedFds.none());
            assertThat(attacker.wire().awaitClosed()).isTrue();
            stage.expectViolation(before, "stalled in the middle of a message");
        }
    }

    static Stream<FrontEndRequest> requestsWithoutDescriptors() {
        return Arrays.stream(FrontEndRequest.values())
                .filter(request -> request.fds().most() == 0);
    }

    @ParameterizedTest
    @MethodSource("requestsWithoutDescriptors")
    void shouldRefuseAMessageWhenADescriptorComesWithIt(FrontEndRequest request) {
        long before = stage.status().violations();
        try (RawPeer attacker = attacker();
                Fd fd = EventFd.create()) {
            assertThat(attacker.refuses(request, new byte[request.payloadBytes().least()], fd))
                    .isTrue();
            attacker.barrier();
            stage.expectViolation(before, "1 descriptors");
        }
    }

    static Stream<FrontEndRequest> requestsWithDescriptor() {
        return Arrays.stream(FrontEndRequest.values())
                .filter(request -> request.fds().least() == 1);
    }

    @ParameterizedTest
    @MethodSource("requestsWithDescriptor")
    void shouldRefuseAMessageWhenItsDescriptorIsMissing(FrontEndRequest request) {
        expectRefused(request, new byte[request.payloadBytes().least()], "0 descriptors");
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 8, 9, 32, 253})
    void shouldRefuseAMessageWhenTooManyDescriptorsComeWithIt(int count) {
        long before = stage.status().violations();
        try (RawPeer attacker = attacker();
                Fd fd = EventFd.create()) {
            Fd[] many = Collections.nCopies(count, fd).toArray(Fd[]::new);
            assertThat(attacker.refuses(FrontEndRequest.SET_VRING_CALL, bytes(0L), many))
                    .isTrue();
            attacker.barrier();
            stage.expectViolation(before, count + " descriptors");
        }
    }

    @Test
    void shouldRefuseAMessageWhenDescriptorsComeBehindItsFirstByte() {
        long before = stage.status().violations();
        try (RawPeer attacker = attacker();
                Fd fd = EventFd.create()) {
            ByteBuffer message = ByteBuffer.allocate(Header.SIZE + 8);
            new Header(13, WANT_REPLY, 8).write(message);
            attacker.wire().sendBytes(message.slice(0, Header.SIZE), PassedFds.none());
            attacker.wire().sendBytes(message.slice(Header.SIZE, 8), PassedFds.of(fd.duplicate()));
            attacker.wire().awaitFrame("the refusal").close();
            attacker.barrier();
            stage.expectViolation(before, "behind its first byte");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = FrontEndRequest.class,
            names = {"SET_VRING_KICK", "SET_VRING_CALL", "SET_VRING_ERR"})
    void shouldRefuseAnyDescriptorButAnEventfdWhenOneIsExpected(FrontEndRequest request, @TempDir Path folder) {
        try (RawPeer attacker = attacker();
                Fd zero = HostFile.open(Path.of("/dev/zero"));
                Fd directory = HostFile.open(folder);
                Fd file = HostFile.open(Path.of("/proc/self/status"))) {
            List<Fd> pair = SocketFd.pair();
            pair.get(1).close();
            for (Fd wrong : List.of(zero, directory, file, pair.get(0))) {
                long before = stage.status().violations();
                assertThat(attacker.refuses(request, bytes(0L), wrong)).isTrue();
                stage.expectViolation(before, request.name(), "is no eventfd");
            }
            pair.get(0).close();
            attacker.barrier();
        }
    }

    static Stream<FrontEndRequest> requestsForVrings() {
        return Stream.of(
                FrontEndRequest.SET_VRING_NUM,
                FrontEndRequest.SET_VRING_ADDR,
                FrontEndRequest.SET_VRING_BASE,
                FrontEndRequest.GET_VRING_BASE,
                FrontEndRequest.SET_VRING_ENABLE,
                FrontEndRequest.VRING_KICK,
                FrontEndRequest.GET_VRING_BASE_SKIP_DRAIN);
    }

    @ParameterizedTest
    @MethodSource("requestsForVrings")
    void shouldRefuseAMessageWhenItNamesAVringThatIsNotThere(FrontEndRequest request) {
        try (RawPeer attacker = attacker()) {
            for (int index : new int[] {4, 255, 256, 65535, 65536, 0x100_0000, Integer.MAX_VALUE, -1}) {
                long before = stage.status().violations();
                byte[] payload =
                        Arrays.copyOf(bytes(index, 0), request.payloadBytes().least());
                assertThat(attacker.refuses(request, payload)).isTrue();
                stage.expectViolation(before, request.name());
            }
            attacker.barrier();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = FrontEndRequest.class,
            names = {"SET_VRING_KICK", "SET_VRING_CALL", "SET_VRING_ERR"})
    void shouldRefuseADescriptorWhenItIsForAVringThatIsNotThere(FrontEndRequest request) {
        try (RawPeer attacker = attacker();
                Fd fd = EventFd.create()) {
            for (long word : new long[] {4, 255, 0x200, 0x1_0000_0000L, -1L}) {
                long before = stage.status().violations();
                assertThat(attacker.refuses(request, bytes(word), fd)).isTrue();
                stage.expectViolation(before, request.name());
            }
            attacker.barrier();
        }
    }

    @Test
    void shouldRefuseWhatWasNotNegotiatedWhenNothingWas() {
        stage.awaitNobodyConnected();
        try (RawPeer attacker = RawPeer.connect(stage.socket())) {
            List<FrontEndRequest> gated = Arrays.stream(FrontEndRequest.values())
                    .filter(request -> request.gate().ackedFeatures() != 0
                            || request.gate().ackedProtocolFeatures() != 0)
                    .filter(request -> request.reply() != ReplyKind.ACK)
                    .filter(request -> request.fds().least() == 0)
                    .toList();
            assertThat(gated).hasSizeGreaterThan(8);
            gated.forEach(request -> assertThat(attacker.refuses(
                            request, new byte[request.payloadBytes().least()]))
                    .as(request.name())
                    .isTrue());
            attacker.barrier();
        }
    }

    @Test
    void shouldRefuseMessagesOutOfOrderWhenNothingIsSetUp() {
        long before = stage.status().violations();
        stage.awaitNobodyConnected();
        try (RawPeer attacker = RawPeer.connect(stage.socket())) {
            attacker.send(FrontEndRequest.SET_VRING_ENABLE, bytes(0, 1));
            attacker.send(FrontEndRequest.SET_VRING_ADDR, bytes(0, 0, 4096L, 8192L, 12288L, 0L));
            stage.expectViolation(before, "");
            attacker.barrier();
            assertThat(stage.status().violations()).isEqualTo(before + 2);
        }
    }

    @Test
    void shouldServeTheGuestWhenAnotherFrontEndComesToTheSameSocket() {
        long before = stage.status().violations();
        try (GuestRig guest = stage.guest(GuestRig.Shape.split())) {
            for (int i = 0; i < 100; i++) {
                try (RawPeer second = RawPeer.connect(stage.socket())) {
                    assertThat(second.wire().awaitClosed()).isTrue();
                }
            }
            assertThat(guest.queue(0).roundTrip(new byte[] {1, 2}, 2)).containsExactly(1, 2);
            assertThat(stage.status().violations()).isEqualTo(before);
        }
    }
}
