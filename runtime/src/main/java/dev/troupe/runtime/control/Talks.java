package dev.troupe.runtime.control;

import dev.troupe.actors.device.Conversation;
import dev.troupe.actors.device.DeviceException;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Holds the device's side of a conversation: until the device has had enough, or the operator goes away. */
final class Talks {

    private static final Logger LOG = LoggerFactory.getLogger(Talks.class);

    /** How long after the operator has gone away that is noticed, if the device has nothing to say. */
    private static final Duration LOOK_INTERVAL = Duration.ofSeconds(1);

    private Talks() {}

    /**
     * Talks, on the calling thread, which is interrupted if the operator goes away.
     *
     * @throws IOException if he has
     */
    static void hold(Conversation conversation, SocketChannel socket) throws IOException {
        OperatorChannel operator = new OperatorChannel(socket);
        Thread talking = Thread.currentThread();
        Thread looking = Thread.ofVirtual().name("control-look").start(() -> look(operator, talking));
        try {
            conversation.run(operator);
            operator.end();
        } catch (DeviceException e) {
            operator.fail(String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            LOG.error("A conversation failed; this is a bug in Troupe.", e);
            operator.fail("The conversation failed because of a bug in Troupe; the daemon's log has more.");
        } catch (IOException e) {
            // The operator has gone away, most likely; but a file may have failed too.
            operator.fail("The conversation broke off: " + e.getMessage() + ".");
        } finally {
            looking.interrupt();
        }
    }

    private static void look(OperatorChannel operator, Thread talking) {
        try {
            while (true) {
                Thread.sleep(LOOK_INTERVAL);
                operator.look();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            close(operator);
            talking.interrupt();
        }
    }

    private static void close(OperatorChannel operator) {
        try {
            operator.close();
        } catch (IOException e) {
            LOG.debug("An operator's connection did not close: {}", e.getMessage());
        }
    }
}
