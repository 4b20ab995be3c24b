package dev.troupe.actors.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.actors.device.SavedState;
import dev.troupe.actors.migration.StateChannel;
import dev.troupe.actors.migration.StateDocument;
import dev.troupe.actors.testing.CopyFactory;
import dev.troupe.actors.testing.GuestRig;
import dev.troupe.actors.testing.RawPeer;
import dev.troupe.actors.testing.TestDaemon;
import dev.troupe.transport.frontend.FrontEnd;
import dev.troupe.transport.frontend.FrontEndWishes;
import dev.troupe.transport.loop.EventLoopConfig;
import dev.troupe.transport.protocol.Bytes;
import dev.troupe.transport.protocol.FrontEndRequest;
import dev.troupe.transport.protocol.ProtocolFeature;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.HostFile;
import dev.troupe.transport.sys.MemFd;
import dev.troupe.transport.sys.SocketFd;
import dev.troupe.transport.sys.StreamFd;
import dev.troupe.transport.testing.LeakCheck;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A device's state travels through whatever a front end gives us, and what is wrong with it is refused. */
@ExtendWith(LeakCheck.class)
class StateTransferTest {

    private static final byte[] HELLO = {'h', 'e', 'l', 'l', 'o'};
    private static final int TYPE = 63;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @TempDir
    Path folder;

    private final CopyFactory factory = new CopyFactory();
    private TestDaemon daemon;
    private GuestRig guest;

    @BeforeEach
    void start() {
        daemon = TestDaemon.start(EventLoopConfig.Choice.IO_URING);
        daemon.add(TestDaemon.spec("copy0", factory, Map.of(), folder.resolve("copy0.sock")));
        EnumSet<ProtocolFeature> features =
                EnumSet.copyOf(FrontEndWishes.usual().protocolFeatures());
        features.add(ProtocolFeature.DEVICE_STATE);
        guest = GuestRig.connect(
                folder.resolve("copy0.sock"),
                GuestRig.Shape.split(),
                FrontEndWishes.usual().withProtocolFeatures(features));
    }

    @AfterEach
    void stop() {
        guest.close();
        daemon.close();
    }

    private FrontEnd frontEnd() {
        return guest.frontEnd();
    }

    private void suspend() {
        frontEnd().getVringBase(0);
    }

    private static SavedState large(int bytes) {
        byte[] body = new byte[bytes];
        Arrays.fill(body, (byte) 5);
        return new SavedState(1, Bytes.of(body));
    }

    /** Has the device save its state into a pipe. */
    private byte[] save() {
        StreamFd.Pipe pipe = StreamFd.pipe();
        try (StateChannel reading = new StateChannel(pipe.reading(), PATIENCE, PATIENCE)) {
            frontEnd().setDeviceStateFd(false, pipe.writing());
            pipe.writing().close();
            return reading.readAll(Integer.MAX_VALUE);
        }
    }

    /** Has the device load a state out of a pipe. */
    private void load(byte[] document) {
        StreamFd.Pipe pipe = StreamFd.pipe();
        try (StateChannel writing = new StateChannel(pipe.writing(), PATIENCE, PATIENCE)) {
            frontEnd().setDeviceStateFd(true, pipe.reading());
            pipe.reading().close();
            writing.writeAll(document);
        }
        frontEnd().checkDeviceState();
    }

    private void expectRefused(byte[] document, String reason) {
        long before = daemon.status("copy0").violations();
        assertThatThrownBy(() -> load(document)).hasMessageContaining("refused CHECK_DEVICE_STATE");
        assertThat(daemon.status("copy0").violations()).isEqualTo(before + 1);
        assertThat(daemon.status("copy0").lastProblem())
                .hasValueSatisfying(problem -> assertThat(problem).contains(reason));
        assertThat(factory.loaded).isNull();
    }

    private void expectServed() {
        guest.recover(0);
        assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 70_000, 4 << 20})
    void shouldTravelFromOneDeviceToAnotherWhenAllRingsAreStopped(int bytes) {
        factory.state = large(bytes);
        suspend();
        byte[] document = save();
        frontEnd().checkDeviceState();
        load(document);
        assertThat(factory.loaded).isEqualTo(factory.state);
        expectServed();
    }

    @Test
    void shouldSendADocumentWithoutBodyWhenThereIsNoState() {
        suspend();
        assertThat(save()).isEqualTo(StateDocument.encode(TYPE, SavedState.NONE));
        frontEnd().checkDeviceState();
    }

    @Test
    void shouldTravelThroughASocketAndAFileWhenItIsGivenThose() {
        factory.state = large(3 << 20);
        suspend();
        List<Fd> pair = SocketFd.pair();
        try (StateChannel reading = new StateChannel(pair.getFirst(), PATIENCE, PATIENCE);
                Fd file = MemFd.create("state", 0, false);
                Arena arena = Arena.ofConfined()) {
            frontEnd().setDeviceStateFd(false, pair.getLast());
            pair.getLast().close();
            byte[] document = reading.readAll(Integer.MAX_VALUE);
            frontEnd().checkDeviceState();
            HostFile.write(file, arena.allocateFrom(ValueLayout.JAVA_BYTE, document), 0);
            frontEnd().setDeviceStateFd(true, file);
            frontEnd().checkDeviceState();
            assertThat(factory.loaded).isEqualTo(factory.state);
        }
    }

    @Test
    void shouldBeRefusedWhenARingRuns() {
        StreamFd.Pipe pipe = StreamFd.pipe();
        try (Fd reading = pipe.reading();
                Fd writing = pipe.writing()) {
            assertThatThrownBy(() -> frontEnd().setDeviceStateFd(false, writing))
                    .hasMessageContaining("refused SET_DEVICE_STATE_FD");
            assertThatThrownBy(() -> frontEnd().checkDeviceState()).hasMessageContaining("refused");
            assertThat(reading.isOpen()).isTrue();
        }
        assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
    }

    @Test
    void shouldBeRefusedWhenItMakesNoSense() {
        byte[] good = StateDocument.encode(TYPE, large(100));
        suspend();
        expectRefused(new byte[0], "ends after 0 bytes");
        expectRefused(new byte[100], "no state of a device of Troupe");
        expectRefused(Arrays.copyOf(good, 90), "says 100 bytes and has 66");
        expectRefused(StateDocument.encode(2, large(100)), "type 2, not 63");
        expectRefused(StateDocument.encode(TYPE, new SavedState(2, Bytes.EMPTY)), "a newer version of this device");
        good[50]++;
        expectRefused(good, "checksum");
        expectServed();
    }

    @Test
    void shouldBeRefusedWhenItDoesNotEnd() {
        suspend();
        StreamFd.Pipe pipe = StreamFd.pipe();
        try (Fd writing = pipe.writing();
                Arena arena = Arena.ofConfined()) {
            frontEnd().setDeviceStateFd(true, pipe.reading());
            pipe.reading().close();
            MemorySegment piece = arena.allocate(1 << 16);
            assertThatThrownBy(() -> {
                        while (true) {
                            StreamFd.write(writing, piece, 1_000);
                        }
                    })
                    .hasMessageContaining("EPIPE");
        }
        assertThatThrownBy(() -> frontEnd().checkDeviceState()).hasMessageContaining("refused");
        expectServed();
    }

    @Test
    void shouldServeEverythingElseWhenNobodyReadsOrWritesTheState() {
        factory.state = large(1 << 20);
        suspend();
        StreamFd.Pipe pipe = StreamFd.pipe();
        try (Fd reading = pipe.reading();
                Fd writing = pipe.writing()) {
            frontEnd().setDeviceStateFd(false, writing);
            assertThat(frontEnd().getFeatures()).isNotZero();
            assertThatThrownBy(() -> frontEnd().setDeviceStateFd(true, reading)).hasMessageContaining("refused");
            // A guest that goes on has not moved: the state that is on its way is given up.
            expectServed();
            assertThatThrownBy(() -> frontEnd().checkDeviceState()).hasMessageContaining("refused");
        }
    }

    @Test
    void shouldBeGivenUpWhenTheFrontEndLeaves() {
        suspend();
        StreamFd.Pipe pipe = StreamFd.pipe();
        try (Fd writing = pipe.writing()) {
            frontEnd().setDeviceStateFd(true, pipe.reading());
            pipe.reading().close();
            guest.disconnect();
            GuestRig.await(
                    "the disconnection",
                    () -> daemon.status("copy0").connection().isEmpty());
            GuestRig.await("our end of the pipe to be closed", () -> isBroken(writing));
        }
    }

    @Test
    void shouldBeGivenUpWhenTheDaemonHandsOver() {
        suspend();
        StreamFd.Pipe pipe = StreamFd.pipe();
        try (Fd writing = pipe.writing()) {
            frontEnd().setDeviceStateFd(true, pipe.reading());
            pipe.reading().close();
            RawPeer peer = RawPeer.over(frontEnd());
            peer.send(FrontEndRequest.CHECK_DEVICE_STATE, new byte[0]);
            daemon.handOver().close();
            daemon.resume();
            peer.wire().awaitFrame("the answer").close();
            assertThat(writing.isOpen()).isTrue();
            assertThat(daemon.status("copy0").lastProblem())
                    .hasValueSatisfying(problem -> assertThat(problem).contains("it was given up"));
        }
        expectServed();
    }

    private static boolean isBroken(Fd writing) {
        try (Arena arena = Arena.ofConfined()) {
            StreamFd.write(writing, arena.allocate(1), 10);
            return false;
        } catch (dev.troupe.transport.sys.SysException e) {
            return true;
        }
    }

    @Test
    void shouldOutliveARestartOfTheDevice() {
        factory.state = large(10);
        daemon.restart("copy0");
        assertThat(factory.loaded).isEqualTo(factory.state);
        assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
    }
}
