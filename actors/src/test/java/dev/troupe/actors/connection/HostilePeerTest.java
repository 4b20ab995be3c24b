package dev.troupe.actors.connection;

import static dev.troupe.actors.testing.RawPeer.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.testing.CopyFactory;
import dev.troupe.actors.testing.GuestRig;
import dev.troupe.actors.testing.RawPeer;
import dev.troupe.actors.testing.Stage;
import dev.troupe.transport.frontend.DriverQueue;
import dev.troupe.transport.frontend.FrontEndException;
import dev.troupe.transport.frontend.GuestMemoryFile;
import dev.troupe.transport.frontend.VringFds;
import dev.troupe.transport.loop.EventLoopConfig;
import dev.troupe.transport.protocol.Frame;
import dev.troupe.transport.protocol.FrontEndMessage;
import dev.troupe.transport.protocol.FrontEndMessage.*;
import dev.troupe.transport.protocol.FrontEndRequest;
import dev.troupe.transport.protocol.Header;
import dev.troupe.transport.protocol.InflightRegion;
import dev.troupe.transport.protocol.PassedFds;
import dev.troupe.transport.protocol.RegionDescription;
import dev.troupe.transport.protocol.RequestCodec;
import dev.troupe.transport.ring.RingAreas;
import dev.troupe.transport.ring.RingFeatures;
import dev.troupe.transport.socket.VhostSocket;
import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.StreamSocket;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Front ends that do not read, do not answer, ask for too much, or leave at any moment. */
@ExtendWith(LeakCheck.class)
class HostilePeerTest {

    private static final int ROUNDS = 20;
    private static final int ENDLESS = 1_000_000;
    private static final int MANY = 20_000;
    private static final int MORE_THAN_FIT = 100;
    private static final byte[] HELLO = {'h', 'e', 'l', 'l', 'o'};

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(
            value = EventLoopConfig.Choice.class,
            names = {"IO_URING", "EPOLL"})
    void shouldDisconnectWhenTheFrontEndNeverReadsItsAnswers(EventLoopConfig.Choice choice) {
        try (Stage stage = Stage.open(folder, choice, false);
                RawPeer attacker = RawPeer.connect(stage.socket())) {
            assertThatThrownBy(() -> askWithoutReading(attacker)).isInstanceOf(FrontEndException.class);
            stage.expectViolation(0, "unread");
            stage.expectUnharmed();
        }
    }

    private static void askWithoutReading(RawPeer attacker) {
        for (int i = 0; i < ENDLESS; i++) {
            attacker.sendRaw(1, Header.VERSION | Header.NEED_REPLY, bytes());
        }
    }

    @Test
    void shouldAnswerEverythingWhenManyQuestionsComeAtOnce() {
        try (Stage stage = Stage.open(folder);
                RawPeer peer = RawPeer.connect(stage.socket())) {
            for (int round = 0; round < 100; round++) {
                for (int i = 0; i < 100; i++) {
                    peer.sendRaw(1, Header.VERSION, bytes());
                }
                for (int i = 0; i < 100; i++) {
                    peer.wire().awaitFrame("GET_FEATURES").close();
                }
            }
            stage.expectNeighbourUnharmed();
            assertThat(stage.status().violations()).isZero();
        }
    }

    @Test
    void shouldGoOnWithoutTheBackChannelWhenNobodyReadsIt() {
        try (Stage stage = Stage.open(folder);
                GuestRig guest = GuestRig.connect(stage.socket(), GuestRig.Shape.split())) {
            List<VhostSocket> ends = VhostSocket.pair();
            try (VhostSocket ours = ends.get(0);
                    VhostSocket theirs = ends.get(1)) {
                RawPeer peer = RawPeer.over(guest.frontEnd());
                assertThat(peer.refuses(FrontEndRequest.SET_BACKEND_REQ_FD, bytes(), theirs.readiness()))
                        .isFalse();
                theirs.close();
                DeviceContext context = Objects.requireNonNull(stage.victim().context);
                for (int i = 0; i < MANY; i++) {
                    context.configChanged();
                }
                peer.barrier();
                assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
                stage.expectNeighbourUnharmed();
                assertThat(ours.isOpen()).isTrue();
            }
            assertThat(stage.status().restarts()).isZero();
        }
    }

    @Test
    void shouldSayEverythingWhenTheBackChannelHadNoRoomForAWhile() {
        try (Stage stage = Stage.open(folder);
                GuestRig guest = GuestRig.connect(stage.socket(), GuestRig.Shape.split())) {
            List<VhostSocket> ends = VhostSocket.pair();
            try (VhostSocket ours = ends.get(0);
                    VhostSocket theirs = ends.get(1);
                    StreamSocket narrow = StreamSocket.of(theirs.readiness().duplicate())) {
                narrow.setSendBuffer(1);
                RawPeer peer = RawPeer.over(guest.frontEnd());
                assertThat(peer.refuses(FrontEndRequest.SET_BACKEND_REQ_FD, bytes(), theirs.readiness()))
                        .isFalse();
                DeviceContext context = Objects.requireNonNull(stage.victim().context);
                for (int i = 0; i < MORE_THAN_FIT; i++) {
                    context.configChanged();
                }
                for (int i = 0; i < MORE_THAN_FIT; i++) {
                    GuestRig.await("the next change to be told", () -> received(ours));
                }
            }
        }
    }

    private static boolean received(VhostSocket end) {
        try (Frame frame = end.receive()) {
            return frame != null;
        }
    }

    @Test
    void shouldServeOthersWhenTheBackChannelIsFlooded() throws InterruptedException {
        try (Stage stage = Stage.open(folder);
                GuestRig guest = GuestRig.connect(stage.socket(), GuestRig.Shape.split())) {
            List<VhostSocket> ends = VhostSocket.pair();
            RawPeer peer = RawPeer.over(guest.frontEnd());
            assertThat(peer.refuses(
                            FrontEndRequest.SET_BACKEND_REQ_FD,
                            bytes(),
                            ends.get(1).readiness()))
                    .isFalse();
            ends.get(1).close();
            Thread flooding = Thread.ofPlatform().start(() -> flood(ends.get(0)));
            for (int i = 0; i < 200; i++) {
                peer.barrier();
                assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
            }
            stage.expectNeighbourUnharmed();
            flooding.interrupt();
            flooding.join();
        }
    }

    private static void flood(VhostSocket end) {
        ByteBuffer answer = ByteBuffer.allocate(Header.SIZE + 8);
        new Header(2, Header.VERSION | Header.REPLY, 8).write(answer);
        answer.rewind();
        try (end) {
            while (!Thread.currentThread().isInterrupted()) {
                if (end.flush()) {
                    end.sendBytes(answer.duplicate(), PassedFds.none());
                } else {
                    end.awaitWritable(1);
                }
            }
        }
    }

    @Test
    void shouldRefuseABackChannelWhenTheDescriptorIsNoSocket() {
        try (Stage stage = Stage.open(folder);
                GuestRig guest = GuestRig.connect(stage.socket(), GuestRig.Shape.split());
                Fd event = EventFd.create()) {
            assertThat(RawPeer.over(guest.frontEnd()).refuses(FrontEndRequest.SET_BACKEND_REQ_FD, bytes(), event))
                    .isTrue();
            stage.expectViolation(0, "SET_BACKEND_REQ_FD", "no connected Unix stream socket");
            Objects.requireNonNull(stage.victim().context).configChanged();
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = EventLoopConfig.Choice.class,
            names = {"IO_URING", "EPOLL"})
    void shouldLeaveNothingBehindWhenFrontEndsLeaveAfterAnyMessage(EventLoopConfig.Choice choice) {
        try (Stage stage = Stage.open(folder, choice, false);
                Parts parts = Parts.create()) {
            stage.expectUnharmed();
            stage.awaitNobodyConnected();
            LeakCheck.Snapshot before = LeakCheck.snapshot();
            long actors = stage.actors();
            for (int round = 0; round < ROUNDS; round++) {
                for (int last = 0; last < Parts.MESSAGES; last++) {
                    leaveAfter(stage, parts, last);
                }
            }
            stage.awaitNobodyConnected();
            assertThat(LeakCheck.leakedSince(before)).isEmpty();
            GuestRig.await("all actors to end", () -> stage.actors() <= actors);
            assertThat(stage.status().violations()).isZero();
            stage.expectUnharmed();
        }
    }

    private static void leaveAfter(Stage stage, Parts parts, int last) {
        stage.awaitNobodyConnected();
        List<FrontEndMessage> sequence = parts.startSequence();
        assertThat(sequence).hasSize(Parts.MESSAGES);
        try (RawPeer peer = RawPeer.connect(stage.socket())) {
            for (FrontEndMessage message : sequence.subList(0, last + 1)) {
                Frame frame = RequestCodec.encode(message, true);
                peer.wire().sendFrame(frame);
            }
        } catch (FrontEndException e) {
            // It was closed on us because an answer is unread: as good as leaving.
            assertThat(e.kind()).isEqualTo(FrontEndException.Kind.CLOSED);
        } finally {
            sequence.forEach(FrontEndMessage::close);
        }
    }

    @Test
    void shouldServeTheNextFrontEndAtOnceWhenTheOneBeforeLeftWhileARequestHeldItsRing() {
        try (Stage stage = Stage.open(folder)) {
            stage.victim().handling = (_, _) -> {};
            try (GuestRig guest = GuestRig.connect(stage.socket(), GuestRig.Shape.split())) {
                guest.queue(0).submit(HELLO, 5);
                RawPeer.over(guest.frontEnd()).send(FrontEndRequest.GET_VRING_BASE, bytes(0, 0));
            }
            stage.victim().handling = CopyFactory::copy;
            stage.expectUnharmed();
        }
    }

    /** What a guest needs, and QEMU's messages to say so. */
    private record Parts(GuestMemoryFile memory, DriverQueue ring, VringFds fds, List<VhostSocket> back)
            implements AutoCloseable {

        private static final int MESSAGES = 25;

        static Parts create() {
            GuestMemoryFile memory = GuestMemoryFile.ofSize(1 << 20);
            DriverQueue ring = DriverQueue.create(memory, 16, new RingFeatures(false, true, true, false), 4);
            return new Parts(memory, ring, VringFds.create(), VhostSocket.pair());
        }

        private PassedFds lend(Fd fd) {
            return PassedFds.of(fd.duplicate());
        }

        List<FrontEndMessage> startSequence() {
            GuestMemoryFile.Region region = memory.regions().getFirst();
            RegionDescription description = new RegionDescription(
                    region.guestAddress(), region.sizeBytes(), region.userAddress(), region.mmapOffset());
            RingAreas areas = ring.areas();
            return List.of(
                    new GetFeatures(),
                    new GetProtocolFeatures(),
                    new SetProtocolFeatures(0x1_b22b),
                    new GetQueueNum(),
                    new GetMaxMemSlots(),
                    new SetBackendReqFd(lend(back.get(0).readiness())),
                    new SetOwner(),
                    new GetFeatures(),
                    new SetVringCall(0, lend(fds.call())),
                    new SetVringErr(0, lend(fds.err())),
                    new GetConfig(0, 8, 0),
                    new SetFeatures(1L << 32 | 1L << 30 | 1L << 29 | 1L << 28),
                    new GetInflightFd(new InflightRegion(0, 0, 1, 16), 24),
                    new SetMemTable(List.of(description), lend(memory.fd())),
                    new SetVringNum(0, 16),
                    new SetVringBase(0, 0),
                    new SetVringAddr(0, 0, areas.descriptorArea(), areas.deviceArea(), areas.driverArea(), 0),
                    new SetVringKick(0, lend(fds.kick())),
                    new SetVringCall(0, lend(fds.call())),
                    new SetVringEnable(0, true),
                    new GetStatus(),
                    new SetStatus(15),
                    new SetVringEnable(0, false),
                    new GetVringBase(0),
                    new ResetDevice());
        }

        @Override
        public void close() {
            fds.close();
            memory.close();
            back.forEach(VhostSocket::close);
        }
    }
}
