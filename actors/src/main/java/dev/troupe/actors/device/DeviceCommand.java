package dev.troupe.actors.device;

/**
 * A command that an operator can give to a running device.
 *
 * @param name the verb, for example {@code "resize"}
 * @param arguments what follows it, for the help text, for example {@code "[SIZE]"}
 * @param summary one sentence on what it does
 * @param kind how operator and device talk
 */
public record DeviceCommand(String name, String arguments, String summary, Kind kind) {

    /** How operator and device talk while a command is carried out. */
    public enum Kind {
        /** The operator gets one answer, by {@link VirtioDevice#command}. */
        ANSWER,
        /** Bytes both ways, until either side ends it, by {@link VirtioDevice#converse}. */
        STREAM,
        /** As {@link #STREAM}, but each key of the operator's terminal goes to the device as it is. */
        TERMINAL
    }

    /** A command with one answer. */
    public DeviceCommand(String name, String arguments, String summary) {
        this(name, arguments, summary, Kind.ANSWER);
    }
}
