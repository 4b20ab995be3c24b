package dev.troupe.actors.vault;

/** A record of an earlier process cannot be used. The message ends a sentence that begins "the record of disk0 …: ". */
public final class RecordException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Says why. */
    public RecordException(String reason) {
        super(reason);
    }
}
