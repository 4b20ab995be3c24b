package dev.troupe.devices.gpio;

import dev.troupe.actors.device.Conversation;
import dev.troupe.actors.device.DeviceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.charset.StandardCharsets;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Shows an operator each change of some lines, as {@code 12:00:01.250000 3 LED 1}. An operator who reads too slowly misses
 * changes, and is told how many.
 */
final class LineWatch implements Conversation {
    private static final int MOST_WAITING = 1000;

    /** Wakes who waits for the next change. */
    private static final String END = "";

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSSSSS");

    private final Set<GuestLine> lines;
    private final List<GuestLine> numbering;
    private final Consumer<LineWatch> begin;
    private final Consumer<LineWatch> finish;
    private final BlockingQueue<String> waiting = new LinkedBlockingQueue<>(MOST_WAITING);
    private final AtomicInteger lost = new AtomicInteger();
    private volatile boolean ended;

    /**
     * @param lines which lines to show
     * @param numbering all lines of the device, in the guest's order
     * @param begin has this told of changes
     * @param finish ends that
     */
    LineWatch(Set<GuestLine> lines, List<GuestLine> numbering, Consumer<LineWatch> begin, Consumer<LineWatch> finish) {
        this.lines = lines;
        this.numbering = numbering;
        this.begin = begin;
        this.finish = finish;
    }

    /** Loop thread of the device. */
    void changed(GuestLine line, boolean high) {
        if (lines.contains(line)) {
            String text = "%s %d %s%d\n"
                    .formatted(
                            TIME.format(LocalTime.now(ZoneId.systemDefault())),
                            numbering.indexOf(line),
                            line.name.isEmpty() ? "" : line.name + " ",
                            high ? 1 : 0);
            if (!waiting.offer(text)) {
                lost.incrementAndGet();
            }
        }
    }

    /** The device closes, which ends the conversation; any thread. What waits is not shown any more. */
    void end() {
        ended = true;
        waiting.clear();
        waiting.offer(END);
    }

    @Override
    public void run(ByteChannel operator) throws IOException, DeviceException {
        begin.accept(this);
        try {
            show(operator);
            throw new DeviceException("The device has closed.");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            finish.accept(this);
        }
    }

    private void show(ByteChannel operator) throws IOException, InterruptedException {
        String text = waiting.take();
        while (!ended) {
            write(operator, text);
            int missed = lost.getAndSet(0);
            if (missed > 0) {
                write(operator, "(" + missed + " changes are missing here)\n");
            }
            text = waiting.take();
        }
    }

    private static void write(ByteChannel operator, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            operator.write(bytes);
        }
    }
}
