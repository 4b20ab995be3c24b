package dev.troupe.devices.gpio;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.loop.Timer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A waveform that an operator gives a simulated line: levels and how long each lasts, once or again and again. Loop thread of
 * the device only.
 */
final class Wave {
    private static final Pattern STEP = Pattern.compile("([01])\\s+([0-9]{1,9})\\s*(us|ms|s|m)\\b\\s*");
    private static final Map<String, TimeUnit> UNITS = Map.of(
            "us", TimeUnit.MICROSECONDS,
            "ms", TimeUnit.MILLISECONDS,
            "s", TimeUnit.SECONDS,
            "m", TimeUnit.MINUTES);

    /** Shorter steps would keep the event loop from other work. */
    private static final long SHORTEST_NANOS = TimeUnit.MICROSECONDS.toNanos(100);

    private static final int MOST_STEPS = 1000;

    private final List<Step> steps;
    private final boolean repeats;
    private int next;
    private @Nullable Timer timer;

    private record Step(boolean high, long nanos) {}

    private Wave(List<Step> steps, boolean repeats) {
        this.steps = steps;
        this.repeats = repeats;
    }

    /** Reads a script such as {@code 1 10ms 0 10ms}. */
    static Wave parse(String script, boolean repeats) throws DeviceException {
        List<Step> steps = new ArrayList<>();
        Matcher matcher = STEP.matcher(script.strip());
        int at = 0;
        while (matcher.find(at) && matcher.start() == at && steps.size() < MOST_STEPS) {
            long nanos =
                    UNITS.getOrDefault(matcher.group(3), TimeUnit.SECONDS).toNanos(Long.parseLong(matcher.group(2)));
            if (nanos < SHORTEST_NANOS) {
                throw new DeviceException("A level lasts 100us at least.");
            }
            steps.add(new Step(matcher.group(1).equals("1"), nanos));
            at = matcher.end();
            if (at == matcher.regionEnd()) {
                return new Wave(steps, repeats);
            }
        }
        throw new DeviceException("'" + script + "' is no waveform; write up to 1000 levels and times, such as "
                + "\"1 10ms 0 10ms\" (us, ms, s, m).");
    }

    /** Begins. The level stays as the last step leaves it. */
    void play(SimulatedLine line, EventLoop loop) {
        if (next == steps.size() && repeats) {
            next = 0;
        }
        if (next < steps.size()) {
            Step step = steps.get(next);
            next++;
            line.put(step.high());
            timer = loop.schedule(step.nanos(), () -> play(line, loop));
        }
    }

    void stop() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }
}
