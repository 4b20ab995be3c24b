package dev.troupe.devices.console;

/** Somebody who reads a port's log at his own pace. Loop thread only. */
interface Outlet {

    /** The position up to which he has got all bytes. */
    long position();

    /** Whether the guest waits for him rather than writing over what he has not got. */
    boolean holdsGuest();

    /** There may be more to read. */
    void pump();

    /** He gets nothing more. */
    void end();
}
