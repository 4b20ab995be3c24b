package dev.troupe.samples.guest;

import java.util.List;

/**
 * A guest, or a program started beside it, did not do what was waited for. The message ends with the last lines it wrote
 * and says where all of them are.
 */
public final class GuestException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    GuestException(String what) {
        super(what);
    }

    GuestException(String what, Throwable cause) {
        super(what, cause);
    }

    /**
     * @param what what went wrong, one sentence
     * @param tail the last lines written
     * @param where the file that holds them all
     */
    GuestException(String what, List<String> tail, Object where) {
        super(what + "; all of it is in " + where + ", the last lines are:\n  " + String.join("\n  ", tail));
    }
}
