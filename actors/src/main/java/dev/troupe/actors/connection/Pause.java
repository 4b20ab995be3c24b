package dev.troupe.actors.connection;

import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** A time in which a transport obeys no message and accepts nobody. Belongs to the transport's actor. */
final class Pause {

    private final FrontDoor door;
    private final Ledger ledger;
    private @Nullable ActorRef<Done> asker;
    private long quietSinceNanos;
    private boolean on;

    Pause(FrontDoor door, Ledger ledger) {
        this.door = door;
        this.ledger = ledger;
    }

    boolean isOn() {
        return on;
    }

    /** A transport whose device is not there yet begins with a pause. */
    void begin(boolean now) {
        on = now;
    }

    /** A pause for a hand-over. */
    void begin(long sinceNanos, ActorRef<Done> replyTo) {
        on = true;
        asker = replyTo;
        quietSinceNanos = sinceNanos;
        door.rest();
    }

    /** Answers whoever asked for the pause, once nothing is in hand; false if there still is. */
    boolean settled(@Nullable FrontEndLink link) {
        ActorRef<Done> waiting = asker;
        if (waiting == null) {
            return true;
        }
        if (link != null && !link.idle()) {
            return false;
        }
        asker = null;
        if (link != null) {
            link.rest();
        }
        ledger.quietSince(quietSinceNanos);
        waiting.tell(Done.getInstance());
        return true;
    }

    /** Ends the pause; false if there was none. */
    boolean end(@Nullable FrontEndLink link) {
        boolean wasOn = on;
        on = false;
        asker = null;
        ledger.quietSince(0);
        if (wasOn) {
            door.wake();
        }
        if (wasOn && link != null) {
            link.wake();
        }
        return wasOn;
    }
}
