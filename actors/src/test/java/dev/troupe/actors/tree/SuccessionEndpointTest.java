package dev.troupe.actors.tree;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.Endpoint;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.testing.CopyFactory;
import dev.troupe.actors.testing.GuestRig;
import dev.troupe.actors.testing.MemoryVault;
import dev.troupe.actors.testing.RawPeer;
import dev.troupe.actors.testing.TestDaemon;
import dev.troupe.actors.vault.DeviceRecord;
import dev.troupe.actors.vault.Inheritance;
import dev.troupe.transport.frontend.FrontEnd;
import dev.troupe.transport.frontend.FrontEndWishes;
import dev.troupe.transport.loop.EventLoopConfig.Choice;
import dev.troupe.transport.protocol.ProtocolFeature;
import dev.troupe.transport.socket.SocketPermissions;
import dev.troupe.transport.socket.UnixAddress;
import dev.troupe.transport.socket.VhostListener;
import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Front ends that listen, sockets that were given, and devices that are not what they were, when a daemon takes over. */
@ExtendWith(LeakCheck.class)
class SuccessionEndpointTest {

    private static final byte[] HELLO = {'h', 'e', 'l', 'l', 'o'};

    @TempDir
    Path folder;

    private final CopyFactory factory = new CopyFactory();

    @AutoClose
    private final MemoryVault vault = new MemoryVault();

    private Path socket() {
        return folder.resolve("copy0.sock");
    }

    private DeviceSpec at(Endpoint endpoint) {
        return TestDaemon.at(TestDaemon.spec("copy0", factory, Map.of(), socket()), endpoint);
    }

    private TestDaemon start(Endpoint endpoint, Inheritance inheritance) {
        TestDaemon daemon = TestDaemon.start(Choice.EPOLL, vault, inheritance);
        daemon.add(at(endpoint));
        return daemon;
    }

    private static FrontEnd accepted(VhostListener listener) {
        FrontEnd frontEnd = RawPeer.accept(listener, FrontEndWishes.usual());
        frontEnd.handshake();
        return frontEnd;
    }

    @Test
    void shouldGoOnWithAFrontEndThatListensWhenTheDaemonHasDied() {
        Endpoint endpoint = new Endpoint.Connect(socket());
        try (VhostListener listener = VhostListener.bind(UnixAddress.of(socket()), SocketPermissions.PRIVATE)) {
            TestDaemon first = start(endpoint, Inheritance.empty());
            try (FrontEnd frontEnd = accepted(listener)) {
                first.die(vault);
                try (TestDaemon second = start(endpoint, vault.inheritance())) {
                    assertThat(frontEnd.getQueueNum()).isEqualTo(4);
                    assertThat(listener.accept()).isNull();
                    assertThat(second.status("copy0").violations()).isZero();
                }
            }
        }
    }

    @Test
    void shouldGoOnWithASocketThatWasGivenWhenTheNextDaemonIsGivenNone() {
        try (VhostListener given = VhostListener.bind(UnixAddress.of(socket()), SocketPermissions.PRIVATE)) {
            Endpoint endpoint = new Endpoint.Inherited(given.readiness().withNumber(number -> number));
            TestDaemon first = start(endpoint, Inheritance.empty());
            try (GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.split())) {
                assertThat(guest.queue(0).roundTrip(HELLO, 16)).isEqualTo(HELLO);
                first.die(vault);
                try (TestDaemon second = start(endpoint, vault.inheritance())) {
                    assertThat(guest.queue(0).roundTrip(HELLO, 16)).isEqualTo(HELLO);
                    guest.disconnect();
                    GuestRig.await(
                            "the disconnection",
                            () -> second.status("copy0").connection().isEmpty());
                    guest.reconnect(socket(), () -> {});
                    assertThat(guest.frontEnd().getQueueNum()).isEqualTo(4);
                }
            }
        }
    }

    @Test
    void shouldKeepTheSocketAndSayWhyWhenTheDeviceIsAnotherOne() {
        Endpoint endpoint = at(TestDaemon.spec("copy0", factory, Map.of(), socket())
                        .endpoint())
                .endpoint();
        TestDaemon first = start(endpoint, Inheritance.empty());
        try (GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.split())) {
            assertThat(guest.queue(0).roundTrip(HELLO, 16)).isEqualTo(HELLO);
            first.die(vault);
            vault.rewrite(
                    "copy0",
                    record -> new DeviceRecord(
                            record.device(),
                            "scribe",
                            record.endpoint(),
                            record.offer(),
                            record.quietSinceNanos(),
                            record.listener(),
                            record.memories(),
                            record.state(),
                            record.connection()));
            try (TestDaemon second = TestDaemon.start(Choice.EPOLL, vault, vault.inheritance())) {
                Outcome outcome = second.ask(replyTo -> new DaemonCommand.AddDevice(at(endpoint), replyTo));
                assertThat(outcome)
                        .isEqualTo(new Outcome.Refused(
                                "copy0: its front end knows it as a device of type scribe, not copy"));
                assertThat(guest.frontEnd().getQueueNum()).isEqualTo(4);
            }
        }
    }

    private static DeviceRecord offering(DeviceRecord record, long protocolFeatures) {
        return new DeviceRecord(
                record.device(),
                record.type(),
                record.endpoint(),
                new DeviceRecord.Offered(record.offer().features(), protocolFeatures, 4),
                record.quietSinceNanos(),
                record.listener(),
                record.memories(),
                record.state(),
                record.connection());
    }

    @Test
    void shouldGoOnWithWhatWasOfferedWhenTheProgramBeforeOfferedLessOrMore() {
        Endpoint endpoint = at(TestDaemon.spec("copy0", factory, Map.of(), socket())
                        .endpoint())
                .endpoint();
        long lessOffered = ProtocolFeature.maskOf(ProtocolFeature.MQ, ProtocolFeature.CONFIG);
        long moreOffered = 1L << 62;
        TestDaemon first = start(endpoint, Inheritance.empty());
        try (GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.split())) {
            first.die(vault);
            vault.rewrite("copy0", record -> offering(record, lessOffered));
            TestDaemon second = start(endpoint, vault.inheritance());
            assertThat(guest.queue(0).roundTrip(HELLO, 16)).isEqualTo(HELLO);
            assertThat(guest.frontEnd().getProtocolFeatures()).isEqualTo(lessOffered);
            second.die(vault);
            vault.rewrite("copy0", record -> offering(record, record.offer().protocolFeatures() | moreOffered));
            try (TestDaemon third = TestDaemon.start(Choice.EPOLL, vault, vault.inheritance())) {
                assertThat(third.<Outcome>ask(replyTo -> new DaemonCommand.AddDevice(at(endpoint), replyTo)))
                        .isInstanceOf(Outcome.Refused.class);
            }
        }
    }

    @Test
    void shouldListenAgainAndDropTheConnectionWhenTheRecordIsOfNoUse() {
        Endpoint endpoint = at(TestDaemon.spec("copy0", factory, Map.of(), socket())
                        .endpoint())
                .endpoint();
        TestDaemon first = start(endpoint, Inheritance.empty());
        try (GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.split());
                Fd noRecord = EventFd.create()) {
            first.die(vault);
            vault.remove("copy0.record");
            vault.add("copy0.record", noRecord);
            try (TestDaemon second = start(endpoint, vault.inheritance())) {
                second.<Outcome>ask(DaemonCommand.SettleInheritance::new);
                assertThat(guest.frontEnd().wire().awaitClosed()).isTrue();
                guest.disconnect();
                guest.reconnect(socket(), () -> {});
                assertThat(guest.frontEnd().getQueueNum()).isEqualTo(4);
                assertThat(Files.exists(socket())).isTrue();
            }
        }
    }
}
