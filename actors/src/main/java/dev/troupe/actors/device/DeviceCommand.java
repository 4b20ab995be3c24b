package dev.troupe.actors.device;

/**
 * A command that an operator can give to a running device.
 *
 * @param name the verb, for example {@code "resize"}
 * @param arguments what follows it, for the help text, for example {@code "[SIZE]"}
 * @param summary one sentence on what it does
 */
public record DeviceCommand(String name, String arguments, String summary) {}
