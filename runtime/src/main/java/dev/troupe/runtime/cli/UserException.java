package dev.troupe.runtime.cli;

/** A command ends here; the message is a sentence for the operator, with no stack trace. */
public final class UserException extends Exception {

    private static final long serialVersionUID = 1L;

    private final int exitCode;

    /**
     * Creates one.
     *
     * @param exitCode one of {@link ExitCode}
     * @param message a sentence that says what happened and what to do
     */
    public UserException(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    /** One of {@link ExitCode}. */
    public int exitCode() {
        return exitCode;
    }
}
