package dev.troupe.devices.input;

import dev.troupe.actors.device.Conversation;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.devices.operator.LoopCall;
import java.io.BufferedReader;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Carries out what takes longer: each report waits until the guest has room for it, and for its time. Runs on the thread of
 * a conversation, which it blocks.
 */
final class Performer {
    static final String NO_DRIVER = "No driver of a guest has started the device.";

    private static final long PATIENCE_SECONDS = 10;
    private static final long MAX_WAIT_MILLIS = 3_600_000;
    private static final int MOST_EVENTS = 1024;

    private final EventFlow flow;
    private final LoopCall loop;
    private final Supplier<Gestures> gestures;
    private final Duration pace;

    Performer(EventFlow flow, LoopCall loop, Supplier<Gestures> gestures, Duration pace) {
        this.flow = flow;
        this.loop = loop;
        this.gestures = gestures;
        this.pace = pace;
    }

    /** Types text. */
    Conversation typing(String text) throws DeviceException {
        String unescaped = unescape(text);
        // So that what cannot be typed is refused before half of it has been.
        for (int i = 0; i < unescaped.length(); i++) {
            gestures.get().character(unescaped.charAt(i));
        }
        return _ -> type(unescaped);
    }

    private void type(String text) throws DeviceException {
        for (int i = 0; i < text.length(); i++) {
            perform(gestures.get().character(text.charAt(i)));
        }
    }

    private static String unescape(String text) {
        return text.replace("\\\\", "\u0000")
                .replace("\\n", "\n")
                .replace("\\t", "\t")
                .replace("\\b", "\b")
                .replace("\\e", "\u001b")
                .replace('\u0000', '\\');
    }

    /** Carries out lines, each a gesture as on the command line, {@code type TEXT}, or {@code wait MILLISECONDS}. */
    Conversation script(LineSource lines) {
        return operator -> {
            try (BufferedReader in = lines.open(operator)) {
                int number = 0;
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    number++;
                    try {
                        performLine(line.strip());
                    } catch (DeviceException e) {
                        throw new DeviceException("Line " + number + ": " + e.getMessage(), e);
                    }
                }
            }
        };
    }

    private void performLine(String line) throws DeviceException {
        if (line.isEmpty() || line.startsWith("#")) {
            return;
        }
        String[] words = line.split("\\s+", 2);
        String rest = words.length > 1 ? words[1] : "";
        switch (words[0]) {
            case "wait" -> sleepMillis(milliseconds(rest));
            case "type" -> type(unescape(rest));
            default -> {
                List<String> arguments = rest.isEmpty() ? List.of() : Arrays.asList(rest.split("\\s+", -1));
                perform(loop.call(() -> gestures.get().of(words[0], arguments)));
            }
        }
    }

    private static long milliseconds(String text) throws DeviceException {
        try {
            return Math.clamp(Long.parseLong(text), 0, MAX_WAIT_MILLIS);
        } catch (NumberFormatException e) {
            throw new DeviceException("'wait' takes a number of milliseconds.", e);
        }
    }

    /** Repeats a recording. Events that the device does not have are left out. */
    Conversation replay(LineSource lines) {
        return operator -> {
            try (BufferedReader in = lines.open(operator)) {
                replay(in);
            }
        };
    }

    private void replay(BufferedReader in) throws IOException, DeviceException {
        long[] report = new long[MOST_EVENTS];
        int count = 0;
        long beganNanos = System.nanoTime();
        long firstMicros = -1;
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            Optional<EventText.TimedEvent> parsed = EventText.parse(line);
            if (parsed.isEmpty()) {
                continue;
            }
            long event = parsed.orElseThrow().event();
            long micros = parsed.orElseThrow().micros();
            firstMicros = firstMicros < 0 ? micros : firstMicros;
            boolean ends = event == EventCodes.REPORT_END;
            if (!ends && !flow.description().has(InputWire.type(event), InputWire.code(event))) {
                continue;
            }
            if (count == MOST_EVENTS - 1 && !ends) {
                throw new DeviceException("The recording has a report of more than " + MOST_EVENTS + " events.");
            }
            report[count++] = event;
            if (ends) {
                sleepMillis((micros - firstMicros) / 1000 - (System.nanoTime() - beganNanos) / 1_000_000);
                bringIn(Arrays.copyOf(report, count));
                count = 0;
            }
        }
    }

    private void perform(List<long[]> reports) throws DeviceException {
        for (long[] report : reports) {
            bringIn(report);
            sleepMillis(pace.toMillis());
        }
    }

    private static void sleepMillis(long millis) throws DeviceException {
        try {
            Thread.sleep(Math.clamp(millis, 0, MAX_WAIT_MILLIS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DeviceException("It was interrupted.", e);
        }
    }

    /** Brings a report in once there is room for it. */
    private void bringIn(long[] report) throws DeviceException {
        Attempt attempt = new Attempt(report);
        loop.executor().execute(attempt);
        try {
            LoopCall.await(
                    attempt.done, PATIENCE_SECONDS, "The guest has taken no event for " + PATIENCE_SECONDS + " s.");
        } finally {
            if (!attempt.done.isDone()) {
                attempt.done.cancel(false);
                loop.executor().execute(() -> flow.cancel(attempt));
            }
        }
    }

    /** Tries again whenever the guest has taken what waits. */
    private final class Attempt implements Runnable {
        private final long[] report;
        private final CompletableFuture<Boolean> done = new CompletableFuture<>();

        Attempt(long[] report) {
            this.report = report;
        }

        @Override
        public void run() {
            if (done.isDone()) {
                return;
            }
            if (!flow.started()) {
                done.completeExceptionally(new DeviceException(NO_DRIVER));
            } else if (flow.hasRoomFor(report.length)) {
                flow.report(report, report.length);
                done.complete(true);
            } else {
                flow.whenEmpty(this);
            }
        }
    }
}
