package dev.troupe.actors.device;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * One key of a device's configuration: its name, kind and limits. An option whose default in {@code reference.conf} is
 * {@code null} has no value unless the operator gives one.
 *
 * @param <T> the Java type of its values
 * @param name the key, kebab-case
 * @param kind what its values look like
 * @param required whether it must be given
 * @param effect what a change of it takes
 * @param minimum the smallest value of a number, size, time (nanoseconds) or rate
 * @param maximum the largest such value
 * @param choices the values of a {@link OptionKind#CHOICE}, otherwise empty
 * @param inner the options of each block of {@link OptionKind#SECTIONS}, otherwise empty
 * @param valueType the class of its values
 */
public record Option<T>(
        String name,
        OptionKind kind,
        boolean required,
        ChangeEffect effect,
        long minimum,
        long maximum,
        List<String> choices,
        List<Option<?>> inner,
        Class<T> valueType) {

    /** Copies the lists. */
    public Option {
        choices = List.copyOf(choices);
        inner = List.copyOf(inner);
    }

    private static <T> Option<T> of(String name, OptionKind kind, Class<T> valueType) {
        return new Option<>(
                name, kind, false, ChangeEffect.RESTART, 0, Long.MAX_VALUE, List.of(), List.of(), valueType);
    }

    /** An option with any text. */
    public static Option<String> string(String name) {
        return of(name, OptionKind.STRING, String.class);
    }

    /** An option that names a file of the host. */
    public static Option<Path> path(String name) {
        return of(name, OptionKind.PATH, Path.class);
    }

    /** An option that is on or off. */
    public static Option<Boolean> bool(String name) {
        return of(name, OptionKind.BOOLEAN, Boolean.class);
    }

    /** An option that is a whole number from {@code minimum} to {@code maximum}. */
    public static Option<Long> integer(String name, long minimum, long maximum) {
        return of(name, OptionKind.INTEGER, Long.class).within(minimum, maximum);
    }

    /** An option that is a size in bytes from {@code minimum} to {@code maximum}. */
    public static Option<Long> bytes(String name, long minimum, long maximum) {
        return of(name, OptionKind.BYTES, Long.class).within(minimum, maximum);
    }

    /** An option that is a span of time. */
    public static Option<Duration> duration(String name, Duration minimum, Duration maximum) {
        return of(name, OptionKind.DURATION, Duration.class).within(minimum.toNanos(), maximum.toNanos());
    }

    /** An option that is an amount of bytes a second. */
    public static Option<Long> rate(String name) {
        return of(name, OptionKind.RATE, Long.class);
    }

    /** An option that is one of some words. */
    public static Option<String> choice(String name, String... choices) {
        return new Option<>(
                name,
                OptionKind.CHOICE,
                false,
                ChangeEffect.RESTART,
                0,
                Long.MAX_VALUE,
                List.of(choices),
                List.of(),
                String.class);
    }

    /** An option that is a list of texts. */
    public static Option<List<String>> strings(String name) {
        @SuppressWarnings("unchecked") // A list that was read for this kind holds nothing but texts.
        Class<List<String>> list = (Class<List<String>>) (Class<?>) List.class;
        return of(name, OptionKind.STRINGS, list);
    }

    /**
     * An option that is a block of named blocks, none of them by default. The defaults and sentences of the options in each
     * stand in {@code reference.conf} under the name {@code "*"}.
     */
    public static Option<Sections> sections(String name, Option<?>... inner) {
        return new Option<>(
                name,
                OptionKind.SECTIONS,
                false,
                ChangeEffect.RESTART,
                0,
                Long.MAX_VALUE,
                List.of(),
                List.of(inner),
                Sections.class);
    }

    /** This option, but it must be given. */
    public Option<T> asRequired() {
        return new Option<>(name, kind, true, effect, minimum, maximum, choices, inner, valueType);
    }

    /** This option, but a change of it takes something else than a restart. */
    public Option<T> changing(ChangeEffect how) {
        return new Option<>(name, kind, required, how, minimum, maximum, choices, inner, valueType);
    }

    private Option<T> within(long lowest, long highest) {
        return new Option<>(name, kind, required, effect, lowest, highest, choices, inner, valueType);
    }
}
