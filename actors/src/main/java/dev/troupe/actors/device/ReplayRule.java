package dev.troupe.actors.device;

/** What becomes of a request that was fetched but not completed when its queue has to start again. */
public enum ReplayRule {
    /** It is handed to the new handler as if it were new: doing it twice is as good as doing it once. */
    REPEAT,
    /** It may have been done and must not be done again: the new handler gets it through {@link QueueHandler#interrupted}. */
    ONCE,
    /** It is worth nothing any more: the driver gets its buffers back as they are, with nothing written. */
    DROP
}
