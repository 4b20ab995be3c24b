package dev.troupe.devices.rng;

import dev.troupe.actors.device.ChangeEffect;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.Option;
import dev.troupe.actors.device.Problem;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The options of an entropy device, read.
 *
 * @param source where the bytes come from
 * @param path the file of a file source
 * @param wraps whether a file source begins again at its end
 * @param bytesPerPeriod how much the guest gets in a period, 0 for no limit
 * @param period the period
 * @param maxRequestBytes the most that one request gets
 */
record RngSettings(
        Source source, Optional<Path> path, boolean wraps, long bytesPerPeriod, Duration period, int maxRequestBytes) {

    /** The kinds of source. */
    enum Source {
        URANDOM,
        GETRANDOM,
        FILE
    }

    private static final int MAX_REQUEST_BYTES = 1 << 20;

    static final Option<String> SOURCE = Option.choice("source", "urandom", "getrandom", "file");
    static final Option<Path> PATH = Option.path("path");
    static final Option<String> AT_END = Option.choice("at-end", "fail", "wrap");
    static final Option<Long> BYTES_PER_PERIOD =
            Option.bytes("bytes-per-period", 0, 1L << 40).changing(ChangeEffect.LIVE);
    static final Option<Duration> PERIOD =
            Option.duration("period", Duration.ofMillis(1), Duration.ofHours(1)).changing(ChangeEffect.LIVE);
    static final Option<Long> MAX_REQUEST =
            Option.bytes("max-request-bytes", 1, MAX_REQUEST_BYTES).changing(ChangeEffect.LIVE);

    /** All options, in the order in which they are shown. */
    static List<Option<?>> options() {
        return List.of(SOURCE, PATH, AT_END, BYTES_PER_PERIOD, PERIOD, MAX_REQUEST);
    }

    static RngSettings of(DeviceSettings settings) {
        return new RngSettings(
                source(settings),
                settings.find(PATH),
                settings.get(AT_END).equals("wrap"),
                settings.get(BYTES_PER_PERIOD),
                settings.get(PERIOD),
                Math.toIntExact(settings.get(MAX_REQUEST)));
    }

    /** What single options cannot tell. */
    static List<Problem> check(DeviceSettings settings) {
        List<Problem> problems = new ArrayList<>();
        boolean hasPath = settings.find(PATH).isPresent();
        if (source(settings) == Source.FILE && !hasPath) {
            problems.add(
                    new Problem(PATH.name(), "A file source needs the path of a file or device, such as /dev/hwrng."));
        }
        if (source(settings) != Source.FILE && hasPath) {
            problems.add(new Problem(PATH.name(), "Only a file source has a path; set source = file or leave it out."));
        }
        return problems;
    }

    private static Source source(DeviceSettings settings) {
        return switch (settings.get(SOURCE)) {
            case "getrandom" -> Source.GETRANDOM;
            case "file" -> Source.FILE;
            default -> Source.URANDOM;
        };
    }
}
