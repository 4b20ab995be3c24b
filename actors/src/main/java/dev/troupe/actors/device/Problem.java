package dev.troupe.actors.device;

/**
 * What is wrong with one option of a device.
 *
 * @param option the option's name
 * @param message a sentence that says what is wrong and what would be right
 */
public record Problem(String option, String message) {}
