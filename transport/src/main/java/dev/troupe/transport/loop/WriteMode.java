package dev.troupe.transport.loop;

/** What a write promises when it completes. */
public enum WriteMode {
    /** Others can read it. */
    PLAIN,
    /**
     * The same, but the loop does it within the call that starts it, rather than a thread of the kernel or of a pool: cheap
     * for the page cache, and where the file system waits so does the loop with all that it serves.
     */
    AT_ONCE,
    /** The data is on the medium too ({@code RWF_DSYNC}). */
    DSYNC
}
