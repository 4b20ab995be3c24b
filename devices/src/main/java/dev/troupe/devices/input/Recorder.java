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
import java.util.concurrent.TimeUnit;

/**
 * Shows an operator all events, with their times, until he has seen enough. An operator that is too slow misses reports, and
 * is told so; nobody waits for him.
 */
final class Recorder implements Conversation {
    private static final int REPORTS_AHEAD = 1024;
    private static final long NANOS_A_MICRO = 1000;

    /** How long after the operator has gone away that is noticed. */
    private static final long LOOK_SECONDS = 5;

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
    public void run(ByteChannel operator) throws IOException {
        EventFlow.ReportListener listener = this::reported;
        try {
            write(operator, "# " + flow.description().name() + "\n");
            loop.call(() -> {
                flow.listen(listener);
                return true;
            });
            while (operator.isOpen()) {
                String next = reports.poll(LOOK_SECONDS, TimeUnit.SECONDS);
                if (next != null) {
                    write(operator, next);
                }
            }
        } catch (DeviceException e) {
            write(operator, e.getMessage() + "\n");
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
