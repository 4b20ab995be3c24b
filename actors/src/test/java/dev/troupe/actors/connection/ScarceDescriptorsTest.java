package dev.troupe.actors.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.testing.CopyFactory;
import dev.troupe.actors.testing.GuestRig;
import dev.troupe.actors.testing.MemoryVault;
import dev.troupe.actors.testing.TestDaemon;
import dev.troupe.actors.vault.Inheritance;
import dev.troupe.actors.vault.Vault;
import dev.troupe.transport.frontend.FrontEndWire;
import dev.troupe.transport.loop.EventLoopConfig.Choice;
import dev.troupe.transport.protocol.Frame;
import dev.troupe.transport.protocol.FrontEndMessage;
import dev.troupe.transport.protocol.PassedFds;
import dev.troupe.transport.protocol.RequestCodec;
import dev.troupe.transport.sys.Errno;
import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.SocketFd;
import dev.troupe.transport.sys.SysException;
import dev.troupe.transport.testing.DescriptorLimit;
import dev.troupe.transport.testing.LeakCheck;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** For a moment there are too many descriptors to keep one more: front ends are served, and nothing is kept for ever. */
@ExtendWith(LeakCheck.class)
class ScarceDescriptorsTest {

    private static final byte[] HELLO = {'h', 'e', 'l', 'l', 'o'};

    @TempDir
    Path folder;

    @AutoClose
    private final MemoryVault vault = new MemoryVault();

    private final CopyFactory factory = new CopyFactory();

    /** Fails once for each kind, when the descriptor is kept and nobody knows it. */
    private record FailingOnce(Vault vault, Set<String> kinds) implements Vault {
        @Override
        public void put(String name, Fd fd) {
            vault.put(name, fd);
            if (kinds.remove(name.split("\\.", -1)[1])) {
                throw new SysException("fcntl F_DUPFD_CLOEXEC", name, Errno.EMFILE);
            }
        }

        @Override
        public void remove(String name) {
            vault.remove(name);
        }
    }

    private TestDaemon startFailingOnceFor(String kind) {
        Set<String> kinds = ConcurrentHashMap.newKeySet();
        kinds.add(kind);
        return start(new FailingOnce(vault, kinds), Inheritance.empty());
    }

    private TestDaemon start(Vault keeping, Inheritance inheritance) {
        TestDaemon daemon = TestDaemon.start(Choice.EPOLL, keeping, inheritance);
        daemon.add(TestDaemon.spec("copy0", factory, Map.of(), socket()));
        return daemon;
    }

    private Path socket() {
        return folder.resolve("copy0.sock");
    }

    @ParameterizedTest
    @ValueSource(strings = {"listener", "socket"})
    void shouldServeTheFrontEndAndKeepItLaterWhenASocketCannotBeKeptAtFirst(String kind) {
        TestDaemon first = startFailingOnceFor(kind);
        try (GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.split())) {
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
            first.die(vault);
            try (TestDaemon second = start(vault, vault.inheritance())) {
                assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
                assertThat(second.status("copy0").violations()).isZero();
            }
        }
    }

    @Test
    void shouldKeepNothingOfAConnectionWhenItHasEndedAndSomethingCouldNotBeKeptAtFirst() {
        try (TestDaemon daemon = startFailingOnceFor("inflight")) {
            try (GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.split())) {
                assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
                assertThat(vault.kinds()).contains("copy0.mem", "copy0.kick", "copy0.inflight");
            }
            GuestRig.await(
                    "the disconnection",
                    () -> daemon.status("copy0").connection().isEmpty());
            assertThat(vault.kinds()).doesNotContain("copy0.mem", "copy0.kick", "copy0.call", "copy0.socket");
        }
    }

    /** Without NEED_REPLY nobody would tell the front end that its guest's calls go nowhere. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldTellTheFrontEndOrHangUpWhenTheDescriptorsOfItsMessageAreLost(boolean needReply) {
        try (TestDaemon daemon = start(vault, Inheritance.empty());
                GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.split());
                Fd call = EventFd.create();
                Frame frame = RequestCodec.encode(
                        new FrontEndMessage.SetVringCall(0, PassedFds.of(call.duplicate())), needReply);
                Arena arena = Arena.ofConfined()) {
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
            FrontEndWire wire = guest.frontEnd().wire();
            MemorySegment message =
                    arena.allocateFrom(ValueLayout.JAVA_BYTE, frame.toBytes().array());
            boolean heard = DescriptorLimit.during(0, () -> {
                SocketFd.send(wire.fd(), message, List.of(call));
                return needReply ? wire.awaitFrame("the refusal") != null : wire.awaitClosed();
            });
            assertThat(heard).isTrue();
            assertThat(daemon.status("copy0").violations()).isEqualTo(1);
            assertThat(daemon.status("copy0").connection().isPresent()).isEqualTo(needReply);
        }
    }
}
