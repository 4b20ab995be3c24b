package dev.troupe.runtime.parent;

import dev.troupe.runtime.service.NotifyMessage;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.SocketFd;
import dev.troupe.transport.sys.UnixDatagram;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The socket that the daemon tells its parent things over, in a directory that nobody else can enter. One thread. */
final class NotifyInbox implements AutoCloseable {

    private static final int LONGEST_BYTES = 64 * 1024;

    private final Path directory;
    private final Path path;
    private final Fd socket;
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment buffer = arena.allocate(LONGEST_BYTES);

    private NotifyInbox(Path directory) {
        this.directory = directory;
        this.path = directory.resolve("notify");
        this.socket = UnixDatagram.bind(path.toString());
    }

    /**
     * Makes it in the first of the usual places for sockets that the environment names, else where temporary files are.
     *
     * @throws IOException if it cannot be made
     */
    static NotifyInbox create(Map<String, String> environment) throws IOException {
        String base = System.getProperty("java.io.tmpdir", "/tmp");
        for (String variable : new String[] {"XDG_RUNTIME_DIR", "RUNTIME_DIRECTORY"}) {
            String named = environment.getOrDefault(variable, "").split(":", 2)[0];
            if (!named.isEmpty() && Files.isWritable(Path.of(named))) {
                base = named;
            }
        }
        // Java makes it for its owner alone.
        return new NotifyInbox(Files.createTempDirectory(Path.of(base).toAbsolutePath(), "troupe-"));
    }

    /** What NOTIFY_SOCKET is to be. */
    String address() {
        return path.toString();
    }

    /** Becomes readable with each message. */
    Fd readiness() {
        return socket;
    }

    /**
     * The next message, if there is one.
     *
     * @param fds gets what came with it, owned by the caller
     */
    @Nullable
    NotifyMessage next(List<Fd> fds) {
        List<Fd> received = new ArrayList<>();
        int length = SocketFd.receive(socket, buffer, received);
        fds.addAll(received);
        return length < 0 ? null : NotifyMessage.parse(buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
    }

    @Override
    public void close() {
        socket.close();
        arena.close();
        try {
            Files.deleteIfExists(path);
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            // An empty directory stays behind where temporary ones are; nobody is served by a complaint.
        }
    }
}
