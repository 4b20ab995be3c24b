package dev.troupe.transport.testing;

import dev.troupe.transport.socket.SocketPermissions;
import dev.troupe.transport.socket.UnixAddress;
import dev.troupe.transport.socket.VhostListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test class that leaves descriptors, mappings or threads behind, and lists them. Use:
 * {@code @ExtendWith(LeakCheck.class)}.
 *
 * <p>It looks at descriptors of the kinds this product opens (memory files, eventfds, epoll, io_uring, sockets, pipes, and
 * files below {@code /tmp} and {@code /dev}), at shared mappings of memory files, io_uring and files below {@code /tmp}, and
 * at threads named {@code troupe-…}; not at those of libffi, which JNA opens once. It gives what is still ending, such as io_uring's workers, a bounded time.
 */
public final class LeakCheck implements BeforeAllCallback, AfterAllCallback {
    private static final long GRACE_NANOS = 5_000_000_000L;
    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(LeakCheck.class);

    static {
        // junixsocket keeps one socket for itself from the first bind on; make it do so before anything is counted.
        String name = "troupe-leak-check-" + ProcessHandle.current().pid();
        VhostListener.bind(UnixAddress.abstractName(name), SocketPermissions.PRIVATE)
                .close();
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        context.getStore(NAMESPACE).put(context.getUniqueId(), snapshot());
    }

    @Override
    public void afterAll(ExtensionContext context) {
        Snapshot before = context.getStore(NAMESPACE).get(context.getUniqueId(), Snapshot.class);
        List<String> leaked = leakedSince(before);
        if (!leaked.isEmpty()) {
            throw new AssertionError(
                    "Left behind by " + context.getDisplayName() + ":\n  " + String.join("\n  ", leaked));
        }
    }

    /** What is open now; for tests that compare within themselves. */
    public static Snapshot snapshot() {
        return new Snapshot(descriptors(), mappings(), threads());
    }

    /** What is there now and was not then, after waiting a while for it to go; empty if nothing. */
    public static List<String> leakedSince(Snapshot before) {
        long deadline = System.nanoTime() + GRACE_NANOS;
        List<String> leaked = compare(before, snapshot());
        while (!leaked.isEmpty() && System.nanoTime() < deadline) {
            Thread.onSpinWait();
            leaked = compare(before, snapshot());
        }
        return leaked;
    }

    private static List<String> compare(Snapshot before, Snapshot now) {
        List<String> leaked = new ArrayList<>();
        added("descriptor", before.descriptors, now.descriptors, leaked);
        added("mapping", before.mappings, now.mappings, leaked);
        added("thread", before.threads, now.threads, leaked);
        return leaked;
    }

    private static void added(String what, Map<String, Integer> before, Map<String, Integer> now, List<String> leaked) {
        new TreeMap<>(now).forEach((kind, count) -> {
            int more = count - before.getOrDefault(kind, 0);
            if (more > 0) {
                leaked.add(more + " x " + what + " " + kind);
            }
        });
    }

    private static Map<String, Integer> descriptors() {
        Map<String, Integer> kinds = new HashMap<>();
        try (Stream<Path> links = Files.list(Path.of("/proc/self/fd"))) {
            links.map(LeakCheck::target).filter(LeakCheck::isOurs).forEach(kind -> kinds.merge(kind, 1, Integer::sum));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return kinds;
    }

    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link).toString().replaceAll("(socket|pipe):\\[\\d+]", "$1");
        } catch (IOException e) {
            return "closed meanwhile";
        }
    }

    private static boolean isOurs(String target) {
        return !target.startsWith("/tmp/ffi") && isOfOurKind(target); // JNA keeps its call-backs in such a file.
    }

    private static boolean isOfOurKind(String target) {
        return target.startsWith("/memfd:")
                || target.startsWith("anon_inode:")
                || target.equals("socket")
                || target.equals("pipe")
                || (target.startsWith("/tmp/") && !target.startsWith("/tmp/ffi"))
                || target.startsWith("/dev/loop");
    }

    private static Map<String, Integer> mappings() {
        Map<String, Integer> kinds = new HashMap<>();
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
            lines.map(line -> line.split(" +", 6))
                    .filter(fields -> fields.length == 6 && fields[1].endsWith("s") && isOurs(fields[5]))
                    .forEach(fields -> kinds.merge(fields[5], 1, Integer::sum));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return kinds;
    }

    private static Map<String, Integer> threads() {
        Map<String, Integer> kinds = new HashMap<>();
        Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("troupe-"))
                .forEach(name -> kinds.merge(name, 1, Integer::sum));
        return kinds;
    }

    /** What this process had open at one moment, by kind. */
    public static final class Snapshot {
        private final Map<String, Integer> descriptors;
        private final Map<String, Integer> mappings;
        private final Map<String, Integer> threads;

        private Snapshot(
                Map<String, Integer> descriptors, Map<String, Integer> mappings, Map<String, Integer> threads) {
            this.descriptors = descriptors;
            this.mappings = mappings;
            this.threads = threads;
        }
    }
}
