package dev.troupe.runtime.cli;

/** What the program's exit status means. */
public final class ExitCode {

    /** It was done. */
    public static final int OK = 0;
    /** It failed or the daemon refused it. */
    public static final int FAILED = 1;
    /** The command line is wrong. */
    public static final int USAGE = 2;
    /** No daemon can be reached. */
    public static final int NO_DAEMON = 3;
    /** The configuration is wrong: {@code EX_CONFIG} of {@code sysexits.h}, which service managers know. */
    public static final int CONFIG = 78;

    private ExitCode() {}
}
