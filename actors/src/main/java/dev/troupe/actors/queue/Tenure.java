package dev.troupe.actors.queue;

import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.loop.Timer;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The runner that has a queue's seat, if one has, from its opening until it is told to leave. Belongs to one incarnation
 * of the queue's actor.
 */
final class Tenure {

    private static final Logger LOG = LoggerFactory.getLogger(Tenure.class);

    private final QueueSeat seat;
    private final EventLoop loop;
    private final QueueRunner.Owner owner;
    private final ActorRef<QueueActor.Command> actor;
    private @Nullable QueueRunner runner;
    private @Nullable Timer deadline;

    /**
     * Nobody has the seat.
     *
     * @param owner hears what a runner cannot do itself
     * @param actor told when a drain has lasted too long, and when the kernel has finished with what a runner began
     */
    Tenure(QueueSeat seat, EventLoop loop, QueueRunner.Owner owner, ActorRef<QueueActor.Command> actor) {
        this.seat = seat;
        this.loop = loop;
        this.owner = owner;
        this.actor = actor;
    }

    /** The runner that has the seat. */
    @Nullable
    QueueRunner runner() {
        return runner;
    }

    boolean vacant() {
        return runner == null;
    }

    /** Opens a runner and starts it; passes on whatever the ring or the device throws. */
    void open(VirtioDevice device) {
        QueueRunner fresh = QueueRunner.open(seat, device, loop, owner);
        runner = fresh;
        fresh.start();
    }

    /** Starts or pauses the runner as the driver wants it, unless it is about to leave. */
    void startOrPause() {
        QueueRunner current = runner;
        if (current != null && deadline == null) {
            if (seat.enabled()) {
                current.start();
            } else {
                current.pause();
            }
        }
    }

    /** Lets the runner finish what is under way, and leave. */
    void drain() {
        QueueRunner current = runner;
        if (current != null && deadline == null) {
            deadline = loop.schedule(
                    seat.policy().drainTimeout().toNanos(), () -> actor.tell(new QueueActor.DrainDeadline()));
            current.drain(this::leave);
        }
    }

    /** Requests under way have been waited for long enough. */
    void onDeadline() {
        QueueRunner current = runner;
        if (deadline != null && current != null) {
            LOG.warn(
                    "{}: queue {} did not finish {} requests within {} and leaves them; it takes them up again when it goes"
                            + " on with the same ring",
                    seat.policy().deviceName(),
                    seat.ring().index(),
                    current.outstanding(),
                    seat.policy().drainTimeout());
            leave();
        }
    }

    /** Ends the runner; {@link QueueActor.Quiet} is told when the kernel has finished with what it began. */
    void leave() {
        leave(() -> actor.tell(new QueueActor.Quiet()));
    }

    /** Ends the runner of an actor that has ended. */
    void end() {
        leave(() -> {});
    }

    private void leave(Runnable whenQuiet) {
        QueueRunner leaving = runner;
        runner = null;
        if (deadline != null) {
            deadline.cancel();
            deadline = null;
        }
        if (leaving != null) {
            leaving.leave(whenQuiet);
        }
    }
}
