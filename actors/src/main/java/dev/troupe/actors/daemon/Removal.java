package dev.troupe.actors.daemon;

/** How a device leaves that a front end may be connected to. */
public enum Removal {
    /** Only if no front end is connected; refused otherwise. */
    IF_DISCONNECTED,
    /** As soon as no front end is connected, at once or later; until then it serves. */
    WHEN_DISCONNECTED,
    /** Now: requests under way are finished, up to {@code drain-timeout}, then the front end is disconnected. */
    DRAIN,
    /** Now, without waiting for requests under way: the guest may find them unanswered. */
    FORCE
}
