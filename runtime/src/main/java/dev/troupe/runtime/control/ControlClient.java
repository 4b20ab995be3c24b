package dev.troupe.runtime.control;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A connection to a running daemon. One thread at a time. */
public final class ControlClient implements AutoCloseable {

    /** A daemon with very many devices has a long status. */
    private static final int LONGEST_REPLY_BYTES = 64 * 1024 * 1024;

    private final Path path;
    private final SocketChannel channel;
    private final LineReader lines;

    private ControlClient(Path path, SocketChannel channel) {
        this.path = path;
        this.channel = channel;
        this.lines = new LineReader(channel, LONGEST_REPLY_BYTES);
    }

    /**
     * Connects to a daemon.
     *
     * @param path its control socket
     * @throws ControlException if there is none
     */
    public static ControlClient connect(Path path) throws ControlException {
        try {
            return new ControlClient(path, SocketChannel.open(UnixDomainSocketAddress.of(path)));
        } catch (IOException | IllegalArgumentException e) {
            throw new ControlException("No daemon can be reached at " + path + " (" + e.getMessage() + ").", true);
        }
    }

    /**
     * Asks for something and waits for the answer, as long as it takes.
     *
     * @throws ControlException if the daemon goes away meanwhile
     */
    public ControlReply ask(ControlRequest request) throws ControlException {
        try {
            ByteBuffer bytes = ByteBuffer.wrap((ControlCodec.encode(request) + "\n").getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            String line = lines.next();
            if (line != null) {
                return ControlCodec.decodeReply(line);
            }
        } catch (IOException e) {
            throw new ControlException("The daemon at " + path + " went away (" + e.getMessage() + ").", true);
        } catch (IllegalArgumentException e) {
            throw new ControlException("The daemon at " + path + " answered strangely: " + e.getMessage(), false);
        }
        throw new ControlException("The daemon at " + path + " went away before it answered.", true);
    }

    /** The connection after the reply to a {@link ControlRequest.Converse} that was agreed to. Closed with the client. */
    public TalkChannel talk() {
        return new TalkChannel(channel, lines.rest());
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
