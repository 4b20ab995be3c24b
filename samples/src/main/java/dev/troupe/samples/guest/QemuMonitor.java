package dev.troupe.samples.guest;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * QEMU's monitor (QMP): commands while a guest runs, as lines of JSON. One thread at a time.
 */
public final class QemuMonitor implements AutoCloseable {
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(60);
    private static final int BUFFER_BYTES = 1 << 16;

    private final SocketChannel channel;
    private final Selector selector;
    private final StringBuilder unread = new StringBuilder();
    private final Deque<String> lines = new ArrayDeque<>();
    private final List<String> events = new ArrayList<>();

    private QemuMonitor(SocketChannel channel) throws IOException {
        this.channel = channel;
        this.selector = Selector.open();
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ);
    }

    /**
     * Connects to a monitor, as soon as QEMU has made it.
     *
     * @param socket what {@link Guest#monitor} was told
     * @throws GuestException if there is none in time
     */
    public static QemuMonitor connect(Path socket, Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        IOException last;
        do {
            try {
                SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
                if (!channel.connect(UnixDomainSocketAddress.of(socket))) {
                    throw new IOException("not connected");
                }
                QemuMonitor monitor = new QemuMonitor(channel);
                monitor.ask("qmp_capabilities", "");
                return monitor;
            } catch (IOException e) {
                last = e;
                Thread.onSpinWait();
            }
        } while (System.nanoTime() < end);
        throw new GuestException("no monitor at " + socket, last);
    }

    /**
     * Gives a command and waits for its answer.
     *
     * @param command its name
     * @param arguments the inside of the JSON object of its arguments, possibly empty
     * @return the answer, as QEMU wrote it
     * @throws GuestException if QEMU refuses it or does not answer
     */
    public String ask(String command, String arguments) {
        String text = "{\"execute\":\"" + command + "\""
                + (arguments.isEmpty() ? "" : ",\"arguments\":{" + arguments + "}") + "}\n";
        try {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw new GuestException("cannot ask QEMU for " + command, e);
        }
        String answer = await(line -> line.startsWith("{\"return\"") || line.startsWith("{\"error\""), command);
        if (answer.startsWith("{\"error\"")) {
            throw new GuestException("QEMU refuses " + command + ": " + answer);
        }
        return answer;
    }

    /** Waits for an event that contains the pattern, after those that earlier waits went past. */
    public void awaitEvent(String pattern, Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        while (events.stream().noneMatch(event -> event.contains(pattern))) {
            if (System.nanoTime() > end) {
                throw new GuestException("QEMU did not say " + pattern + "; it said " + events);
            }
            sort(nextLine(end));
        }
        events.clear();
    }

    private String await(Predicate<String> wanted, String what) {
        long end = System.nanoTime() + ANSWER_LIMIT.toNanos();
        while (true) {
            String line = nextLine(end);
            if (line != null && wanted.test(line)) {
                return line;
            }
            sort(line);
            if (System.nanoTime() > end) {
                throw new GuestException("QEMU does not answer " + what);
            }
        }
    }

    private void sort(@Nullable String line) {
        if (line != null && line.contains("\"event\"")) {
            events.add(line);
        }
    }

    private @Nullable String nextLine(long end) {
        try {
            while (lines.isEmpty()) {
                long leftMs = (end - System.nanoTime()) / 1_000_000;
                if (leftMs <= 0 || selector.select(leftMs) == 0) {
                    return null;
                }
                selector.selectedKeys().clear();
                read();
            }
            return lines.poll();
        } catch (IOException e) {
            throw new GuestException("QEMU's monitor is gone", e);
        }
    }

    private void read() throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        if (channel.read(buffer) < 0) {
            throw new IOException("QEMU has ended");
        }
        unread.append(new String(buffer.array(), 0, buffer.position(), UTF_8));
        for (int end = unread.indexOf("\n"); end >= 0; end = unread.indexOf("\n")) {
            lines.add(unread.substring(0, end).trim());
            unread.delete(0, end + 1);
        }
    }

    @Override
    public void close() {
        try {
            selector.close();
            channel.close();
        } catch (IOException e) {
            throw new GuestException("cannot leave QEMU's monitor", e);
        }
    }
}
