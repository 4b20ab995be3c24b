package dev.troupe.runtime.bench;

/** The benchmark cannot be run or has broken off. The message is a sentence for the person who runs it. */
public final class BenchException extends Exception {
    private static final long serialVersionUID = 1L;

    BenchException(String message) {
        super(message);
    }

    BenchException(String message, Throwable cause) {
        super(message, cause);
    }
}
