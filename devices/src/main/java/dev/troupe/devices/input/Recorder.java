package dev.troupe.devices.input;

import dev.troupe.actors.device.Conversation;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.devices.operator.LoopCall;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Shows an operator all events, with their times, until he has seen enough. An operator that is too slow misses reports, and
 * is told so; nobody waits for him.
 */
final class Recorder implements Conversation {
    private static final int REPORTS_AHEAD = 1024;
    private static final long NANOS_A_MICRO = 1000;

    private final EventFlow flow;
    private final LoopCall loop;
    private final BlockingQueue<String> reports = new ArrayBlockingQueue<>(REPORTS_AHEAD);
    private long beganNanos = -1;
    private boolean missed;

    Recorder(EventFlow flow, LoopCall loop) {
        this.flow = flow;
        this.loop = loop;
    }

    @Override
    public void run(ByteChannel operator) throws IOException, DeviceException {
        EventFlow.ReportListener listener = this::reported;
        try {
            loop.call(() -> {
                flow.listen(listener);
                return true;
            });
            // Who sees this line knows that nothing is missed from here on.
            write(operator, "# " + flow.description().name() + "\n");
            while (operator.isOpen()) {
                write(operator, reports.take());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            loop.executor().execute(() -> flow.unlisten(listener));
        }
    }

    /** On the loop: a report is turned into lines at once, for its events are used again. */
    private void reported(long[] events, int count) {
        long now = System.nanoTime();
        beganNanos = beganNanos < 0 ? now : beganNanos;
        StringBuilder lines = new StringBuilder(missed ? "# reports are missing here\n" : "");
        for (int i = 0; i < count; i++) {
            lines.append(EventText.format((now - beganNanos) / NANOS_A_MICRO, events[i]))
                    .append('\n');
        }
        missed = !reports.offer(lines.toString());
    }

    private static void write(ByteChannel operator, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            operator.write(bytes);
        }
    }
}
