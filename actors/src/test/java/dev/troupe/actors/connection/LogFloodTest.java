package dev.troupe.actors.connection;

import static dev.troupe.actors.testing.RawPeer.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.testing.GuestRig;
import dev.troupe.actors.testing.LogCapture;
import dev.troupe.actors.testing.RawPeer;
import dev.troupe.actors.testing.Stage;
import dev.troupe.transport.frontend.SplitDriverQueue;
import dev.troupe.transport.protocol.FrontEndRequest;
import dev.troupe.transport.socket.SocketSetupException;
import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Peers that break rules without end: everything is counted, little is written to the log. */
@ExtendWith(LeakCheck.class)
class LogFloodTest {

    private static final int MANY = 2000;
    private static final int RESETS = 100;
    /** Those written in full, and a line for the rest; twice, should the test take longer than a window. */
    private static final int FEW = 2 * (BoundedLog.IN_FULL + 1);

    @TempDir
    Path folder;

    @Test
    void shouldCountAllAndLogFewWhenAFrontEndIsRefusedWithoutEnd() {
        try (LogCapture log = LogCapture.begin();
                Stage stage = Stage.open(folder);
                RawPeer attacker = RawPeer.negotiated(stage.socket())) {
            for (int i = 0; i < MANY; i++) {
                assertThat(attacker.refuses(FrontEndRequest.SET_VRING_NUM, bytes(99, 64)))
                        .isTrue();
            }
            assertThat(stage.status().violations()).isEqualTo(MANY);
            assertThat(log.with("SET_VRING_NUM")).hasSizeBetween(BoundedLog.IN_FULL, FEW);
        }
    }

    @Test
    void shouldCountAllAndLogFewWhenAGuestBreaksItsRingAfterEachReset() {
        try (LogCapture log = LogCapture.begin();
                Stage stage = Stage.open(folder);
                GuestRig guest = stage.guest(GuestRig.Shape.split())) {
            for (int i = 0; i < RESETS; i++) {
                long before = stage.status().violations();
                ((SplitDriverQueue) guest.queue(0).ring()).writeAvailIndex(1000);
                EventFd.signal(guest.queue(0).fds().kick());
                GuestRig.await("the broken ring", () -> stage.status().violations() > before);
                guest.recover(0);
            }
            assertThat(stage.status().violations()).isEqualTo(RESETS);
            assertThat(log.with("queue 0 stopped")).hasSizeBetween(BoundedLog.IN_FULL, FEW);
            assertThat(log.with("queue 0 stopped").getFirst()).contains("it starts again when the driver resets it");
        }
    }

    @Test
    void shouldLogFewWhenFrontEndsAreTurnedAwayWithoutEnd() {
        try (LogCapture log = LogCapture.begin();
                Stage stage = Stage.open(folder);
                RawPeer first = RawPeer.negotiated(stage.socket())) {
            for (int i = 0; i < RESETS; i++) {
                GuestRig.await("room to wait in", () -> comeAndGo(stage.socket()));
            }
            first.barrier();
            GuestRig.await(
                    "the last to be turned away", () -> !log.with("turned away").isEmpty());
            first.barrier();
            assertThat(log.with("turned away")).hasSizeLessThanOrEqualTo(FEW);
            assertThat(log.with("turned away").getFirst())
                    .contains("a second front end (process "
                            + ProcessHandle.current().pid() + " (user ");
        }
    }

    private static boolean comeAndGo(Path socket) {
        try {
            RawPeer.connect(socket).close();
            return true;
        } catch (SocketSetupException e) {
            assertThat(e.reason()).isEqualTo(SocketSetupException.Reason.NOT_ACCEPTING);
            return false;
        }
    }
}
