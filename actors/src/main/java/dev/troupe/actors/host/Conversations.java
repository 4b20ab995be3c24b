package dev.troupe.actors.host;

import dev.troupe.actors.device.Conversation;
import java.io.IOException;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedChannelException;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The conversations of one open device, which end with it. Any thread. */
final class Conversations {

    private static final Logger LOG = LoggerFactory.getLogger(Conversations.class);

    /** Each with the thread that talks. */
    private final Map<ByteChannel, Thread> operators = new HashMap<>();

    private boolean ended;

    /** The same conversation, but it ends with the device. */
    Conversation during(Conversation conversation) {
        return operator -> {
            enter(operator);
            try {
                conversation.run(operator);
            } finally {
                leave(operator);
            }
        };
    }

    private synchronized void enter(ByteChannel operator) throws ClosedChannelException {
        if (ended) {
            throw new ClosedChannelException();
        }
        operators.put(operator, Thread.currentThread());
    }

    private synchronized void leave(ByteChannel operator) {
        operators.remove(operator);
    }

    /** Hangs up on every operator, for good. */
    synchronized void end() {
        ended = true;
        operators.forEach((operator, thread) -> {
            try {
                operator.close();
            } catch (IOException e) {
                LOG.debug("An operator's connection did not close: {}", e.getMessage());
            }
            thread.interrupt();
        });
    }
}
