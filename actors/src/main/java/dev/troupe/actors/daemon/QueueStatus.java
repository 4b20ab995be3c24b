package dev.troupe.actors.daemon;

/**
 * The state of one queue.
 *
 * @param index its number
 * @param state {@code "running"}, {@code "stopped"}, {@code "disabled"} or {@code "broken"}
 * @param size the entries of its ring
 * @param layout {@code "split"} or {@code "packed"}
 * @param requests how many requests were completed
 * @param readBytes how many bytes the driver gave
 * @param writtenBytes how many bytes the driver was given
 * @param errors how many requests were answered with an error
 * @param outstanding how many requests are under way
 * @param restarts how often its handler failed and was made anew
 */
public record QueueStatus(
        int index,
        String state,
        int size,
        String layout,
        long requests,
        long readBytes,
        long writtenBytes,
        long errors,
        int outstanding,
        int restarts) {}
