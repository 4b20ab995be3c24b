package dev.troupe.actors.device;

/** What the value of an {@link Option} looks like in a configuration, and the Java type it becomes. */
public enum OptionKind {
    /** Any text; {@link String}. */
    STRING("text"),
    /** A path of the host, taken relative to the configuration file; {@link java.nio.file.Path}. */
    PATH("path"),
    /** {@code true} or {@code false}; {@link Boolean}. */
    BOOLEAN("true or false"),
    /** A whole number within the option's limits; {@link Long}. */
    INTEGER("number"),
    /** A size such as {@code 64 KiB}; {@link Long}, in bytes. */
    BYTES("size, such as 64 KiB"),
    /** A time such as {@code 50 us}; {@link java.time.Duration}. */
    DURATION("time, such as 50 us"),
    /** An amount a time such as {@code 1 MiB/s}; {@link Long}, in bytes a second. */
    RATE("rate, such as 1 MiB/s"),
    /** One of the option's choices; {@link String}. */
    CHOICE("one of"),
    /** A list of texts; {@code List<String>}. */
    STRINGS("list of texts"),
    /** Blocks with names, each with the same options; {@link Sections}. */
    SECTIONS("block of named blocks");

    private final String description;

    OptionKind(String description) {
        this.description = description;
    }

    /** How the kind is named to an operator. */
    public String description() {
        return description;
    }
}
