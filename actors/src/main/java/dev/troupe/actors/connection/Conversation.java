package dev.troupe.actors.connection;

import dev.troupe.transport.protocol.BackEndReply;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The message that the front end waits for an answer to, one at a time, and what is under way for it. However many steps it
 * takes, it is answered once; if something done for it fails by a bug, it is refused in the end. Belongs to the
 * connection's actor.
 */
final class Conversation {

    private static final Logger LOG = LoggerFactory.getLogger(Conversation.class);

    private final Wiring wiring;
    private final ActorRef<TransportActor.Command> transport;
    private @Nullable Exchange current;
    private @Nullable Exchange speaking;

    /** One message of the front end, until it is answered. */
    private static final class Exchange {
        private final String message;
        private int steps;
        private boolean failed;
        private boolean answered;

        Exchange(String message) {
            this.message = message;
        }
    }

    Conversation(Wiring wiring, ActorRef<TransportActor.Command> transport) {
        this.wiring = wiring;
        this.transport = transport;
    }

    /** The front end said something; what is done from here on is done for that. */
    void begin(String message) {
        Exchange exchange = new Exchange(message);
        current = exchange;
        speaking = exchange;
    }

    /** The front end is gone. */
    void end() {
        current = null;
    }

    /** Handles a message to the actor, which need not have to do with what the front end said. */
    void during(Runnable handling) {
        speaking = null;
        attempt(handling);
        refuseIfForgotten();
    }

    /** Does something that may fail by a bug; then the message that it was done for is refused in the end. */
    void attempt(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException e) {
            LOG.error("{}: obeying the front end failed by a bug", wiring.spec().name(), e);
            if (speaking != null) {
                speaking.failed = true;
            }
        }
    }

    /** Something that follows for the message under way when what it asked for has been done. */
    Runnable later(Runnable step) {
        Exchange of = speaking;
        if (of == null) {
            return step;
        }
        of.steps++;
        return () -> {
            speaking = of;
            of.steps--;
            attempt(step);
        };
    }

    /** The front end waits for an answer, and nothing that would lead to one is under way: that is a bug. */
    private void refuseIfForgotten() {
        Exchange open = current;
        if (open != null && !open.answered && open.steps == 0) {
            speaking = open;
            wiring.monitor()
                    .problem(wiring.spec().name() + ": " + open.message + " failed by a bug; the log tells more");
            answer(BackEndReply.U64.FAILED, TransportActor.Answered.Kind.REFUSAL);
        }
    }

    /** It has been done. */
    void acknowledge() {
        answer(BackEndReply.U64.OK, TransportActor.Answered.Kind.ACKNOWLEDGEMENT);
    }

    /** Acknowledges the message under way when what it asked for has been done. */
    Runnable acknowledgeLater() {
        return later(this::acknowledge);
    }

    void answer(long value) {
        answer(new BackEndReply.U64(value));
    }

    void answer(BackEndReply reply) {
        answer(reply, TransportActor.Answered.Kind.REPLY);
    }

    private void answer(BackEndReply reply, TransportActor.Answered.Kind kind) {
        Exchange to = speaking;
        if (to == null || to.answered) {
            reply.close();
            return;
        }
        to.answered = true;
        if (to.failed && kind == TransportActor.Answered.Kind.ACKNOWLEDGEMENT) {
            transport.tell(new TransportActor.Answered(BackEndReply.U64.FAILED, TransportActor.Answered.Kind.REFUSAL));
        } else {
            transport.tell(new TransportActor.Answered(reply, kind));
        }
    }

    /** It is against the protocol, or cannot be done. */
    void refuse(String reason) {
        wiring.violated("refused " + reason);
        answer(BackEndReply.U64.FAILED, TransportActor.Answered.Kind.REFUSAL);
    }
}
