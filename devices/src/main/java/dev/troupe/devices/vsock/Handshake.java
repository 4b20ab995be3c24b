package dev.troupe.devices.vsock;

import dev.troupe.transport.loop.Timer;
import dev.troupe.transport.loop.Watch;
import dev.troupe.transport.sys.StreamSocket;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The words before a connection from the host, as with Firecracker and others: the client says {@code CONNECT <port>} and a line
 * feed; when the guest has accepted it is told {@code OK <port of the host's side>} and a line feed, otherwise the socket is
 * closed. What the client says behind its line is the guest's and stays in the socket.
 */
final class Handshake implements Watch.Listener {
    private static final int MOST_BYTES = 32;
    private static final Pattern CONNECT = Pattern.compile("(?i)CONNECT ([0-9]{1,10})\r?");

    private final HostListener owner;
    private final StreamSocket client;
    private final StreamSocket.Kind kind;
    private final Watch watch;
    private final Timer patience;

    Handshake(HostListener owner, StreamSocket client, StreamSocket.Kind kind, EndTools tools, Duration patience) {
        this.owner = owner;
        this.client = client;
        this.kind = kind;
        this.watch = tools.loop().watchStream(client.fd(), this);
        this.patience = tools.loop().schedule(patience.toNanos(), this::refuse);
    }

    @Override
    public void ready() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(MOST_BYTES);
            int said = client.peek(bytes);
            String text = said <= 0 ? "" : text(bytes, said);
            int line = text.indexOf('\n');
            if (line >= 0) {
                client.receive(bytes.asSlice(0, kind == StreamSocket.Kind.STREAM ? line + 1L : MOST_BYTES));
                end(port(text.substring(0, line)));
            } else if (said == 0 || said == MOST_BYTES) {
                refuse();
            }
        }
    }

    private static String text(MemorySegment bytes, int length) {
        return new String(bytes.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.US_ASCII);
    }

    private static @Nullable Integer port(String line) {
        Matcher connect = CONNECT.matcher(line);
        if (!connect.matches()) {
            return null;
        }
        long port = Long.parseLong(connect.group(1));
        return port <= VsockWire.PORT_LAST ? (int) port : null;
    }

    @Override
    public void hungUp() {
        refuse();
    }

    /** Ends it without a connection. */
    void refuse() {
        end(null);
    }

    private void end(@Nullable Integer port) {
        watch.cancel();
        patience.cancel();
        owner.named(this, client, port);
    }

    /** Tells the client that the guest has accepted. A new socket has room for that. */
    static void grant(StreamSocket client, int hostPort) {
        byte[] line = ("OK " + Integer.toUnsignedString(hostPort) + "\n").getBytes(StandardCharsets.US_ASCII);
        try (Arena arena = Arena.ofConfined()) {
            client.send(arena.allocateFrom(ValueLayout.JAVA_BYTE, line));
        }
    }
}
