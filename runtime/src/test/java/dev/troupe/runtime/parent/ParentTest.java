package dev.troupe.runtime.parent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.MemFd;
import dev.troupe.transport.sys.SocketFd;
import dev.troupe.transport.sys.UnixDatagram;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The parent with shell scripts for daemons; with a real one it is tried elsewhere. */
@Timeout(120)
class ParentTest {

    @TempDir
    Path folder;

    private final ByteArrayOutputStream log = new ByteArrayOutputStream();

    private Parent parent(String script) {
        Map<String, String> environment = new HashMap<>(System.getenv());
        environment.put("XDG_RUNTIME_DIR", folder.toString());
        environment.put("FOLDER", folder.toString());
        return new Parent(
                List.of("/bin/sh", "-c", script),
                environment,
                new RestartBudget(2, 60_000_000_000L, 1_000_000L, 1_000_000L),
                new PrintStream(log, true, StandardCharsets.UTF_8));
    }

    @Test
    void shouldEndWithTheStatusOfADaemonThatEndsInOrderOrCannotStart() throws IOException {
        assertThat(parent("exit 0").run()).isZero();
        assertThat(parent("exit 78").run()).isEqualTo(78);
        assertThat(log.toString(StandardCharsets.UTF_8)).isEmpty();
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void shouldStartADaemonAgainThatCrashedAndGiveUpWhenItKeepsCrashing() throws IOException {
        assertThat(parent("echo x >> $FOLDER/starts; kill -9 $$").run()).isEqualTo(128 + 9);

        assertThat(Files.readAllLines(folder.resolve("starts"))).hasSize(3);
        assertThat(log.toString(StandardCharsets.UTF_8))
                .contains("troupe: The daemon was ended by signal 9; it is started again.\n")
                .contains("it is started again in 1 ms.")
                .contains("it has crashed 3 times within 60 s and is given up.");
    }

    /** A daemon that says what it finds, waits until it is told how to end, and ends so; the second one ends at once. */
    private static final String WAITING = "echo $LISTEN_PID $$ $LISTEN_FDS $LISTEN_FDNAMES >> $FOLDER/seen;"
            + " readlink /proc/$$/fd/3 >> $FOLDER/seen; touch $FOLDER/started;"
            + " while [ ! -e $FOLDER/end ]; do sleep 0.05; done; . $FOLDER/end";

    @Test
    void shouldGiveTheNextDaemonWhatTheDeadOneLeft() throws Exception {
        CompletableFuture<Integer> status = run(parent(WAITING));
        try (Fd keep = MemFd.create("precious", 8, false);
                Fd drop = MemFd.create("dropped", 8, false)) {
            tell("READY=1\nSTATUS=x", List.of());
            tell("FDSTORE=1\nFDNAME=a.drop#1", List.of(drop));
            tell("FDSTORE=1\nFDPOLL=0\nFDNAME=a.keep#2", List.of(keep));
            tell("FDSTOREREMOVE=1\nFDNAME=a.drop#1", List.of());
        }
        Files.writeString(folder.resolve("end"), "echo exit 0 > $FOLDER/end; kill -9 $$");

        assertThat(status.get()).isZero();
        List<String> seen = Files.readAllLines(folder.resolve("seen"));
        assertThat(seen.get(0)).matches("([0-9]+) \\1 0 ?");
        assertThat(seen.get(1)).matches("([0-9]+) \\1 1 a.keep#2");
        assertThat(seen.get(2)).isEqualTo("/memfd:precious (deleted)");
        assertThat(log.toString(StandardCharsets.UTF_8))
                .isEqualTo("troupe: The daemon was ended by signal 9; it is started again.\n");
    }

    @Test
    void shouldStartADaemonAgainThatFailsAfterItHasServed() throws Exception {
        CompletableFuture<Integer> status = run(parent(WAITING));
        tell("READY=1", List.of());
        Files.writeString(folder.resolve("end"), "echo exit 0 > $FOLDER/end; exit 1");

        assertThat(status.get()).isZero();
        assertThat(log.toString(StandardCharsets.UTF_8))
                .isEqualTo("troupe: The daemon ended with status 1; it is started again.\n");
    }

    @Test
    void shouldTakeAnotherProcessForTheDaemonWhenItIsTold() throws Exception {
        CompletableFuture<Integer> status =
                run(parent("sh -c 'echo $$ > $FOLDER/next; while [ ! -e $FOLDER/end2 ]; do sleep 0.05; done; exit 5' & "
                        + WAITING));
        Path next = folder.resolve("next");
        await(() -> Files.exists(next) && !readString(next).isBlank());
        tell("MAINPID=" + readString(next).strip(), List.of());
        Files.writeString(folder.resolve("end"), "exit 0");
        await(() -> log.toString(StandardCharsets.UTF_8).contains("from now on"));
        assertThat(status).isNotDone();
        // Only then is the successor a child of the one that waits for its status.
        long predecessor = Long.parseLong(readString(folder.resolve("seen")).split("\\s+", 2)[0]);
        await(() -> ProcessHandle.of(predecessor).isEmpty());

        Files.writeString(folder.resolve("end2"), "");

        assertThat(status.get()).isEqualTo(5);
    }

    @Test
    void shouldPassASignalOnAndEndWithTheDaemon() throws Exception {
        Parent parent = parent("trap 'exit 7' TERM; touch $FOLDER/started; while :; do sleep 0.05; done");
        CompletableFuture<Integer> status = run(parent);
        await(() -> Files.exists(folder.resolve("started")));

        parent.signal(15);

        assertThat(status.get()).isEqualTo(7);
    }

    private static CompletableFuture<Integer> run(Parent parent) {
        CompletableFuture<Integer> status = new CompletableFuture<>();
        Thread.ofPlatform().daemon().start(() -> {
            try {
                status.complete(parent.run());
            } catch (IOException | RuntimeException e) {
                status.completeExceptionally(e);
            }
        });
        return status;
    }

    /** Says something to the parent in the daemon's place, once that has started. */
    private void tell(String lines, List<Fd> fds) throws IOException {
        await(() -> Files.exists(folder.resolve("started")));
        try (Stream<Path> made = Files.list(folder);
                Arena arena = Arena.ofConfined()) {
            Path directory = made.filter(Files::isDirectory).findFirst().orElseThrow();
            try (Fd socket = UnixDatagram.connect(directory.resolve("notify").toString())) {
                byte[] bytes = lines.getBytes(StandardCharsets.UTF_8);
                assertThat(SocketFd.send(socket, arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes), fds))
                        .isEqualTo(bytes.length);
            }
        }
    }

    /** The test's own time limit ends it. */
    private static void await(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static String readString(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
