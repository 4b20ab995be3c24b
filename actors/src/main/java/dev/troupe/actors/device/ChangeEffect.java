package dev.troupe.actors.device;

/** What it takes for a changed option to come into force on a running device. */
public enum ChangeEffect {
    /** Takes effect at once, with no interruption. */
    LIVE,
    /** The device is restarted behind its open socket; the guest sees a short stall. */
    RESTART,
    /** The guest would see another device than the one it found; its driver must be bound again. */
    GUEST_VISIBLE
}
