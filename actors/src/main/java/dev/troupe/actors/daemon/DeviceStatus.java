package dev.troupe.actors.daemon;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The state of one device.
 *
 * @param name its name
 * @param type its type
 * @param state what it is doing
 * @param since since when it has been in that state
 * @param stateReason what there is to say of that state, if anything: why it failed, what it waits for
 * @param endpoint its socket, as shown to an operator
 * @param connection the front end that is connected, as shown to an operator, if any
 * @param queues its queues that a front end has set up
 * @param restarts how often it has been restarted, by whomever
 * @param violations how often its front end or its guest broke the protocol or a ring
 * @param lastProblem the newest problem, a sentence, if there was any
 * @param lastRestarts its newest restarts that succeeded, the newest last
 */
public record DeviceStatus(
        String name,
        String type,
        DeviceState state,
        Instant since,
        Optional<String> stateReason,
        String endpoint,
        Optional<String> connection,
        List<QueueStatus> queues,
        int restarts,
        long violations,
        Optional<String> lastProblem,
        List<RestartNote> lastRestarts) {

    /** Copies the lists. */
    public DeviceStatus {
        queues = List.copyOf(queues);
        lastRestarts = List.copyOf(lastRestarts);
    }
}
