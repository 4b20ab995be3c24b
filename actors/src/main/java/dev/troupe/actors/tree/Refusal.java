package dev.troupe.actors.tree;

import dev.troupe.actors.daemon.ConversationAnswer;
import dev.troupe.actors.daemon.Outcome;
import org.apache.pekko.actor.typed.ActorRef;

/** An operator who waits for the answer to a command gets one, though nobody carries the command out. */
final class Refusal {

    private Refusal() {}

    /**
     * Answers with a sentence.
     *
     * @return false if the command is no operator's
     */
    static boolean answer(DeviceSupervisor.Command message, String reason) {
        return switch (message) {
            case DeviceSupervisor.Start m -> refuse(m.replyTo(), reason);
            case DeviceSupervisor.Stop m -> refuse(m.replyTo(), reason);
            case DeviceSupervisor.Restart m -> refuse(m.replyTo(), reason);
            case DeviceSupervisor.Execute m -> refuse(m.replyTo(), reason);
            case DeviceSupervisor.Change m -> refuse(m.replyTo(), reason);
            case DeviceSupervisor.Converse m -> {
                m.replyTo().tell(new ConversationAnswer.Refused(reason));
                yield true;
            }
            default -> false;
        };
    }

    private static boolean refuse(ActorRef<Outcome> replyTo, String reason) {
        replyTo.tell(new Outcome.Refused(reason));
        return true;
    }
}
