package dev.troupe.actors.device;

/**
 * What is wrong with one option of a device.
 *
 * @param option the option's name; that of an option within a named block as {@code option.block.inner}
 * @param message a sentence that says what is wrong and what would be right
 */
public record Problem(String option, String message) {}
