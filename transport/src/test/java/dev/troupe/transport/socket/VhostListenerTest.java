package dev.troupe.transport.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.troupe.transport.protocol.Frame;
import dev.troupe.transport.protocol.Header;
import dev.troupe.transport.socket.SocketSetupException.Reason;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.testing.DescriptorLimit;
import dev.troupe.transport.testing.LeakCheck;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakCheck.class)
class VhostListenerTest {
    private static final int STRANGER = 65534;

    private final Path directory;

    private final Frame hello = new Frame(Header.request(1, false, 0), ByteBuffer.allocate(0));

    VhostListenerTest(@TempDir Path directory) {
        this.directory = directory;
    }

    private VhostListener bind(Path path) {
        return VhostListener.bind(UnixAddress.of(path), SocketPermissions.PRIVATE);
    }

    private void expectRefusal(Path path, Reason reason, String sentence) {
        assertThatThrownBy(() -> bind(path))
                .hasMessageContaining(sentence)
                .isInstanceOfSatisfying(
                        SocketSetupException.class, e -> assertThat(e.reason()).isEqualTo(reason));
    }

    private static VhostSocket accepted(VhostListener listener) {
        return Objects.requireNonNull(listener.accept(), "nobody waits");
    }

    @Test
    void shouldAcceptNobodyWhenNobodyConnects() {
        try (VhostListener listener = bind(directory.resolve("s"))) {
            assertThat(listener.accept()).isNull();
        }
    }

    @Test
    void shouldCarryMessagesWhenSomebodyConnects() {
        Path path = directory.resolve("s");
        try (VhostListener listener = bind(path);
                VhostSocket client = VhostSocket.connect(UnixAddress.of(path));
                VhostSocket server = accepted(listener)) {
            client.send(hello);

            assertThat(server.receive()).isEqualTo(hello);
            assertThat(server.peer().pid()).isEqualTo(ProcessHandle.current().pid());
        }
    }

    @Test
    void shouldGiveTheSocketItsModeAndRemoveItAtTheEnd() throws IOException {
        Path path = directory.resolve("s");
        try (VhostListener listener = VhostListener.bind(UnixAddress.of(path), new SocketPermissions(0660, null))) {
            assertThat(listener).hasToString("listener on " + path);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                    .isEqualTo("rw-rw----");
        }
        assertThat(path).doesNotExist();
    }

    @Test
    void shouldGiveTheSocketItsGroup() throws IOException {
        Path path = directory.resolve("s");
        String group = Files.readAttributes(directory, PosixFileAttributes.class)
                .group()
                .getName();
        try (VhostListener listener = VhostListener.bind(UnixAddress.of(path), new SocketPermissions(0660, group))) {
            assertThat(listener.accept()).isNull();
            assertThat(Files.getAttribute(path, "posix:group")).hasToString(group);
        }
    }

    @Test
    void shouldLeaveNothingBehindWhenTheGroupDoesNotExist() {
        Path path = directory.resolve("s");

        assertThatThrownBy(() ->
                        VhostListener.bind(UnixAddress.of(path), new SocketPermissions(0660, "no-such-group-here")))
                .isInstanceOf(SocketSetupException.class)
                .hasMessageContaining("no-such-group-here");
        assertThat(path).doesNotExist();
    }

    @Test
    void shouldRespectALiveOwner() {
        Path path = directory.resolve("s");
        try (VhostListener owner = bind(path)) {
            expectRefusal(path, Reason.IN_USE, "Another process already listens");
            accepted(owner).close();
            assertThat(path).exists();
        }
    }

    @Test
    void shouldNotWaitWhenALiveOwnerAcceptsNobody() {
        Path path = directory.resolve("s");
        List<VhostSocket> waiting = new ArrayList<>();
        try (VhostListener owner = bind(path)) {
            assertThatThrownBy(() -> {
                        while (true) {
                            waiting.add(VhostSocket.connect(UnixAddress.of(path)));
                        }
                    })
                    .isInstanceOfSatisfying(
                            SocketSetupException.class,
                            e -> assertThat(e.reason()).isEqualTo(Reason.NOT_ACCEPTING));
            expectRefusal(path, Reason.IN_USE, "Another process already listens");
            accepted(owner).close();
            VhostSocket.connect(UnixAddress.of(path)).close();
        } finally {
            waiting.forEach(VhostSocket::close);
        }
    }

    @Test
    void shouldReplaceTheSocketOfADeadProcess() throws IOException {
        Path path = directory.resolve("s");
        bind(path).closeForHandOver();
        assertThat(path).exists();

        try (VhostListener listener = bind(path);
                VhostSocket client = VhostSocket.connect(UnixAddress.of(path))) {
            accepted(listener).close();
            assertThat(client.isOpen()).isTrue();
        }
    }

    @Test
    void shouldRefuseASymbolicLinkAndLeaveItAlone() throws IOException {
        Path target = directory.resolve("target");
        Path link = Files.createSymbolicLink(directory.resolve("s"), target);

        expectRefusal(link, Reason.UNSAFE_PLACE, "symbolic link");
        assertThat(Files.isSymbolicLink(link)).isTrue();
        assertThat(Files.exists(target, LinkOption.NOFOLLOW_LINKS)).isFalse();
    }

    @Test
    void shouldRefuseADirectoryThatIsASymbolicLink() throws IOException {
        Path real = Files.createDirectory(directory.resolve("real"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), real);

        expectRefusal(link.resolve("s"), Reason.UNSAFE_PLACE, "symbolic link");
    }

    @Test
    void shouldRefuseAFileThatIsNoSocketAndLeaveItAlone() throws IOException {
        Path file = Files.writeString(directory.resolve("s"), "precious");

        expectRefusal(file, Reason.UNSAFE_PLACE, "is not a socket");
        assertThat(file).hasContent("precious");
    }

    @Test
    void shouldRefuseTheSocketOfAStranger() throws IOException {
        assumeTrue(isRoot(), "NOT RUN: only root can make a stranger's file");
        Path path = directory.resolve("s");
        bind(path).closeForHandOver();
        Files.setAttribute(path, "unix:uid", STRANGER);

        expectRefusal(path, Reason.UNSAFE_PLACE, "belongs to user " + STRANGER);
        assertThat(path).exists();
    }

    @Test
    void shouldRefuseTheDirectoryOfAStranger() throws IOException {
        assumeTrue(isRoot(), "NOT RUN: only root can make a stranger's directory");
        Path foreign = Files.createDirectory(directory.resolve("foreign"));
        Files.setAttribute(foreign, "unix:uid", STRANGER);

        expectRefusal(foreign.resolve("s"), Reason.UNSAFE_PLACE, "belongs to user " + STRANGER);
    }

    private static boolean isRoot() throws IOException {
        return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    }

    @Test
    void shouldRefuseADirectoryThatEverybodyCanWriteTo() throws IOException {
        Path open = Files.createDirectory(directory.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));

        expectRefusal(open.resolve("s"), Reason.UNSAFE_PLACE, "chmod o-w");
    }

    @Test
    void shouldSayWhatToDoWhenTheDirectoryIsMissing() {
        expectRefusal(directory.resolve("missing/s"), Reason.BAD_ADDRESS, "does not exist. Create it");
    }

    @Test
    void shouldSayHowLongAPathMayBe() {
        assertThatThrownBy(() -> UnixAddress.of(Path.of("/run/" + "x".repeat(103))))
                .isInstanceOf(SocketSetupException.class)
                .hasMessageContaining("108 bytes");
    }

    @Test
    void shouldNotRemoveAFileThatIsNoLongerItsOwn() throws IOException {
        Path path = directory.resolve("s");
        VhostListener first = bind(path);
        Files.delete(path);
        try (VhostListener second = bind(path)) {
            first.close();

            assertThat(path).exists();
            assertThat(second.accept()).isNull();
        }
    }

    @Test
    void shouldListenOnAnAbstractNameOnlyOnce() {
        UnixAddress address =
                UnixAddress.parse("@troupe-test-" + ProcessHandle.current().pid());
        try (VhostListener listener = VhostListener.bind(address, SocketPermissions.PRIVATE);
                VhostSocket client = VhostSocket.connect(address);
                VhostSocket server = accepted(listener)) {
            assertThat(client.isOpen() && server.isOpen()).isTrue();
            assertThatThrownBy(() -> VhostListener.bind(address, SocketPermissions.PRIVATE))
                    .isInstanceOfSatisfying(
                            SocketSetupException.class,
                            e -> assertThat(e.reason()).isEqualTo(Reason.IN_USE));
        }
    }

    @Test
    void shouldGoOnListeningOnAnInheritedSocketAndLeaveItsFileAlone() {
        Path path = directory.resolve("s");
        VhostListener predecessor = bind(path);
        Fd handedOver = predecessor.readiness().duplicate();
        assertThat(VhostListener.isListening(handedOver)).isTrue();
        predecessor.closeForHandOver();

        try (VhostListener successor = VhostListener.adopt(handedOver);
                VhostSocket client = VhostSocket.connect(UnixAddress.of(path));
                VhostSocket server = accepted(successor)) {
            client.send(hello);
            assertThat(server.receive()).isNotNull();
            assertThat(VhostListener.isListening(server.readiness())).isFalse();
        }
        assertThat(path).exists();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void shouldKeepNothingOfAnInheritedSocketWhenThereAreTooManyDescriptors(int room) {
        Path path = directory.resolve("s");
        try (VhostListener owner = bind(path)) {
            VhostListener.adopt(owner.readiness().duplicate()).close();
            LeakCheck.Snapshot before = LeakCheck.snapshot();
            Fd inherited = owner.readiness().duplicate();

            assertThatThrownBy(() -> DescriptorLimit.during(room, () -> VhostListener.adopt(inherited)))
                    .isInstanceOf(SocketSetupException.class)
                    .hasMessageContaining("Cannot listen on the descriptor handed over");

            assertThat(LeakCheck.leakedSince(before)).isEmpty();
            try (VhostSocket client = VhostSocket.connect(UnixAddress.of(path));
                    VhostSocket server = accepted(owner)) {
                assertThat(client.isOpen() && server.isOpen()).isTrue();
            }
        }
    }

    @Test
    void shouldRefuseToListenOnAConnectedSocket() {
        VhostSocket.pair()
                .forEach(connected -> assertThatThrownBy(() -> {
                            try (connected) {
                                VhostListener.adopt(connected.readiness().duplicate());
                            }
                        })
                        .isInstanceOf(SocketSetupException.class)
                        .hasMessageContaining("not a listening Unix stream socket"));
    }

    @Test
    void shouldSayThatNobodyListens() {
        Path path = directory.resolve("s");
        bind(path).closeForHandOver();

        assertThatThrownBy(() -> VhostSocket.connect(UnixAddress.of(path)))
                .isInstanceOfSatisfying(
                        SocketSetupException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NOBODY_LISTENS));
        assertThatThrownBy(() -> VhostSocket.connect(UnixAddress.of(directory.resolve("none"))))
                .isInstanceOf(SocketSetupException.class);
    }
}
