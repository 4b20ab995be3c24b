package dev.troupe.actors.daemon;

/** What a device is doing. */
public enum DeviceState {
    /** Its host resource is being opened. */
    STARTING,
    /** It serves. */
    RUNNING,
    /** An operator stopped it. */
    STOPPED,
    /** It waits before it tries again. */
    BACKING_OFF,
    /** It failed too often and waits for an operator. */
    QUARANTINED
}
