package dev.troupe.transport.loop;

/** What a write promises when it completes. */
public enum WriteMode {
    /** Others can read it. */
    PLAIN,
    /** The data is on the medium too ({@code RWF_DSYNC}). */
    DSYNC
}
