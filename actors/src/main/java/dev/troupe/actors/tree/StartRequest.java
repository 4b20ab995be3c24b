package dev.troupe.actors.tree;

import dev.troupe.actors.daemon.Outcome;
import org.apache.pekko.actor.typed.ActorRef;

/** Why a device is brought up, and who hears how that ended. */
interface StartRequest {

    /** Nobody waits for it: a try of the supervisor's own. */
    StartRequest UNASKED = new StartRequest() {
        @Override
        public void runs() {}

        @Override
        public void failed(String problem) {}
    };

    /** How much of what the connected guest knows may be another now. */
    enum Latitude {
        /** What the guest was offered stays; there may be more features besides. */
        SAME_OFFER,
        /** What a driver of the device copes with. */
        WHAT_DRIVERS_ALLOW,
        /** All of it: the front end is disconnected then. */
        ANYTHING
    }

    /** How much may be another now. */
    default Latitude latitude() {
        return Latitude.SAME_OFFER;
    }

    /**
     * The device could not be opened, for that reason, and is closed.
     *
     * @return whether the request brings the device up in another way; if not, it is tried again later or given up
     */
    default boolean recovers(String reason) {
        return false;
    }

    /** The device runs; the request has ended. */
    void runs();

    /** The device does not run, for that reason; the request has ended. */
    void failed(String problem);

    /**
     * An operator's command.
     *
     * @param replyTo who waits for the outcome
     */
    record Commanded(ActorRef<Outcome> replyTo) implements StartRequest {

        @Override
        public void runs() {
            replyTo.tell(new Outcome.Done(""));
        }

        @Override
        public void failed(String problem) {
            replyTo.tell(new Outcome.Refused(problem));
        }
    }
}
