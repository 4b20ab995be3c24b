package dev.troupe.actors.daemon;

/** How a command ended. */
public sealed interface Outcome {

    /**
     * It was done.
     *
     * @param text what to show the operator, possibly empty
     */
    record Done(String text) implements Outcome {}

    /**
     * It was not done and nothing changed.
     *
     * @param reason a sentence that names the device and says why
     */
    record Refused(String reason) implements Outcome {}
}
