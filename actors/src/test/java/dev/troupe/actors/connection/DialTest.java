package dev.troupe.actors.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.daemon.Endpoint;
import dev.troupe.actors.testing.CopyFactory;
import dev.troupe.actors.testing.GuestRig;
import dev.troupe.actors.testing.RawPeer;
import dev.troupe.actors.testing.TestDaemon;
import dev.troupe.transport.frontend.FrontEnd;
import dev.troupe.transport.loop.EventLoopConfig;
import dev.troupe.transport.socket.SocketPermissions;
import dev.troupe.transport.socket.UnixAddress;
import dev.troupe.transport.socket.VhostListener;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Front ends that listen themselves: they are connected to, again and again, whatever they do. */
@ExtendWith(LeakCheck.class)
class DialTest {

    private static final byte[] HELLO = {'h', 'e', 'l', 'l', 'o'};

    @TempDir
    Path folder;

    private final CopyFactory factory = new CopyFactory();

    @AutoClose
    private final TestDaemon daemon = TestDaemon.start(EventLoopConfig.Choice.EPOLL);

    @BeforeEach
    void addDevice() {
        daemon.add(TestDaemon.at(TestDaemon.spec("copy0", factory, Map.of(), path()), new Endpoint.Connect(path())));
    }

    private Path path() {
        return folder.resolve("front-end.sock");
    }

    private VhostListener listen() {
        return VhostListener.bind(UnixAddress.of(path()), SocketPermissions.PRIVATE);
    }

    private static FrontEnd accept(VhostListener listener) {
        return RawPeer.accept(listener, RawPeer.wishes());
    }

    private static GuestRig shakeHands(VhostListener listener) {
        FrontEnd frontEnd = accept(listener);
        frontEnd.handshake();
        return GuestRig.over(frontEnd, GuestRig.Shape.split());
    }

    @Test
    void shouldConnectWhenTheFrontEndComesLater() {
        try (VhostListener listener = listen();
                GuestRig guest = shakeHands(listener)) {
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    @Test
    void shouldConnectAgainWhenTheFrontEndHangsUp() {
        try (VhostListener listener = listen()) {
            for (int i = 0; i < 5; i++) {
                try (GuestRig guest = shakeHands(listener)) {
                    assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
                }
            }
        }
    }

    @Test
    void shouldConnectAgainWhenTheFrontEndWasAwayForAWhile() {
        try (VhostListener listener = listen();
                GuestRig guest = shakeHands(listener)) {
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
        try (VhostListener listener = listen();
                GuestRig guest = shakeHands(listener)) {
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    @Test
    void shouldServeWhenTheFrontEndGoesOnWithoutAHandshake() {
        try (VhostListener listener = listen();
                GuestRig guest = shakeHands(listener)) {
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
            guest.disconnect();
            guest.freshRing(0);
            guest.goOnWithoutHandshake(accept(listener));
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
            assertThat(daemon.status("copy0").violations()).isZero();
        }
    }

    @Test
    void shouldNotCallAgainAtOnceWhenTheFrontEndHangsUpWithoutAWord() {
        try (VhostListener listener = listen()) {
            long begun = System.nanoTime();
            for (int i = 0; i < 5; i++) {
                accept(listener).close();
            }
            accept(listener).close();
            // 20, 40, 80, 160 and 320 ms: a longer wait is a matter of load, a shorter one a mistake.
            assertThat(System.nanoTime() - begun).isGreaterThanOrEqualTo(600_000_000L);
        }
    }

    @Test
    void shouldKeepTheConnectionWhenTheDeviceIsRestarted() {
        try (VhostListener listener = listen();
                GuestRig guest = shakeHands(listener)) {
            daemon.restart("copy0");
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
            assertThat(listener.accept()).isNull();
        }
    }
}
