package dev.troupe.actors.connection;

import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.actors.queue.FailureBudget;
import dev.troupe.actors.queue.QueueActor;
import dev.troupe.actors.queue.QueueSeat;
import dev.troupe.actors.session.SessionRecord;
import dev.troupe.actors.session.VringRecord;
import dev.troupe.transport.memory.DirtyLog;
import dev.troupe.transport.protocol.ProtocolFeature;
import dev.troupe.transport.ring.InflightRegion;
import dev.troupe.transport.ring.RingAreas;
import dev.troupe.transport.sys.Fd;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.jspecify.annotations.Nullable;

/**
 * The queues of one connection: starts their actors from the session's record, tells them things and waits until all have
 * answered. Belongs to the connection's actor.
 */
final class QueueCrew {

    private static final String NAME_PREFIX = "queue-";
    private static final IntLongConsumer IGNORE = (_, _) -> {};

    private final ActorContext<ConnectionActor.Command> context;
    private final Wiring wiring;
    private final ActorRef<QueueActor.Notice> notices;
    private final Map<Integer, ActorRef<QueueActor.Command>> queues = new TreeMap<>();
    private final Map<Long, Expected> expected = new HashMap<>();
    private long lastTicket;

    /** What an answer means, and what happens when the last one has come. */
    private static final class Expected {
        private final Map<Integer, ActorRef<QueueActor.Command>> missing;
        private final IntLongConsumer onEach;
        private final Runnable then;

        Expected(Map<Integer, ActorRef<QueueActor.Command>> asked, IntLongConsumer onEach, Runnable then) {
            this.missing = new HashMap<>(asked);
            this.onEach = onEach;
            this.then = then;
        }
    }

    /** What a queue is given of its eventfds: duplicates of all, or of none if there are too many descriptors. */
    private record EventFds(
            @Nullable Fd kick, @Nullable Fd call, @Nullable Fd error) {

        static EventFds duplicatesOf(VringRecord vring) {
            Fd kick = duplicate(vring.kick());
            Fd call = null;
            try {
                call = duplicate(vring.call());
                return new EventFds(kick, call, duplicate(vring.error()));
            } catch (RuntimeException e) {
                close(kick);
                close(call);
                throw e;
            }
        }

        private static void close(@Nullable Fd fd) {
            if (fd != null) {
                fd.close();
            }
        }
    }

    /** Gets the number of a queue and where its ring stands, as GET_VRING_BASE has it. */
    interface IntLongConsumer {
        void accept(int queue, long base);
    }

    QueueCrew(ActorContext<ConnectionActor.Command> context, Wiring wiring, ActorRef<QueueActor.Notice> notices) {
        this.context = context;
        this.wiring = wiring;
        this.notices = notices;
    }

    /** Whether a queue's actor is there. */
    boolean isAtWork(int index) {
        return queues.containsKey(index);
    }

    /**
     * Starts the actor of a queue whose record is complete.
     *
     * @param takenUp whether the ring goes on where an earlier process left it
     */
    void start(
            SessionRecord session, VringRecord vring, RingAreas areas, @Nullable VirtioDevice device, boolean takenUp) {
        EventFds fds = EventFds.duplicatesOf(vring);
        QueueSeat seat = new QueueSeat(
                        new QueueSeat.RingParameters(
                                vring.index(), vring.size(), session.driverFeatures(), areas, vring.base()),
                        new QueueSeat.QueuePolicy(
                                wiring.spec().name(),
                                () -> wiring.spec().busyPoll(),
                                () -> wiring.spec().drainTimeout(),
                                ProtocolFeature.INBAND_NOTIFICATIONS.isIn(session.protocolFeatures())),
                        wiring.monitor().queue(vring.index()),
                        inflight(session, vring, takenUp),
                        session.memory(),
                        fds.kick())
                .withEventFds(fds.call(), fds.error())
                .withDirtyLog(session.logging() ? session.dirtyLog() : null, vring.logAddress())
                .startingWith(vring.enabled(), device);
        int loop = wiring.queueLoop(vring.index());
        ActorRef<QueueActor.Command> actor = context.spawn(
                QueueActor.create(
                        seat,
                        wiring.loops().queueLoop(loop),
                        new FailureBudget(
                                () -> wiring.spec().restarts().queueRestarts(),
                                () -> wiring.spec().restarts().window()),
                        notices),
                NAME_PREFIX + vring.index() + "." + ++lastTicket,
                wiring.loops().queueDispatcher(loop));
        context.watchWith(actor, new ConnectionActor.QueueEnded(vring.index(), actor));
        queues.put(vring.index(), actor);
    }

    private static QueueSeat.Inflight inflight(SessionRecord session, VringRecord vring, boolean takenUp) {
        InflightRegion shared = session.sharedLogOf(vring);
        return shared != null
                ? new QueueSeat.Inflight(shared, vring.index(), takenUp)
                : new QueueSeat.Inflight(Objects.requireNonNull(vring.ownLog(), "log"), 0, takenUp);
    }

    static @Nullable Fd duplicate(@Nullable Fd fd) {
        return fd == null ? null : fd.duplicate();
    }

    /** Tells a queue something that is not answered. */
    void tell(int index, QueueActor.Command command) {
        ActorRef<QueueActor.Command> queue = queues.get(index);
        if (queue != null) {
            queue.tell(command);
        }
    }

    /** Tells one queue something; what follows runs when it has answered, at once if it is not there. */
    void ask(int index, Function<QueueActor.Reply, QueueActor.Command> command, Runnable then) {
        ActorRef<QueueActor.Command> queue = queues.get(index);
        ask(queue == null ? Map.of() : Map.of(index, queue), (_, reply) -> command.apply(reply), IGNORE, then);
    }

    /** Tells all queues something; what follows runs when all have answered, at once if there are none. */
    void askAll(Function<QueueActor.Reply, QueueActor.Command> command, Runnable then) {
        ask(queues, (_, reply) -> command.apply(reply), IGNORE, then);
    }

    private void ask(
            Map<Integer, ActorRef<QueueActor.Command>> targets,
            BiFunction<Integer, QueueActor.Reply, QueueActor.Command> command,
            IntLongConsumer onEach,
            Runnable then) {
        if (targets.isEmpty()) {
            then.run();
            return;
        }
        QueueActor.Reply reply = new QueueActor.Reply(notices, ++lastTicket);
        expected.put(reply.ticket(), new Expected(targets, onEach, then));
        targets.forEach((index, queue) -> queue.tell(command.apply(index, reply)));
    }

    /**
     * Stops one queue, which must be at work.
     *
     * @param suspend whether requests under way stay in the in-flight log rather than being finished first
     */
    void stop(int index, boolean suspend, IntLongConsumer onStopped, Runnable then) {
        ActorRef<QueueActor.Command> queue = Objects.requireNonNull(queues.get(index));
        ask(
                Map.of(index, queue),
                (_, reply) -> suspend ? new QueueActor.Suspend(reply) : new QueueActor.Stop(reply),
                onStopped,
                then);
    }

    /** Stops all queues; what follows runs when all have stopped, at once if there are none. */
    void stopAll(IntLongConsumer onStopped, Runnable then) {
        ask(queues, (_, reply) -> new QueueActor.Stop(reply), onStopped, then);
    }

    /** Tells the queues whether and where their writes are logged. */
    void setDirtyLog(SessionRecord session, Runnable then) {
        DirtyLog log = session.logging() ? session.dirtyLog() : null;
        ask(
                queues,
                (index, reply) -> new QueueActor.SetDirtyLog(
                        log, session.vrings().get(index).logAddress(), reply),
                IGNORE,
                then);
    }

    /** A queue answered. */
    void onApplied(QueueActor.Applied answer) {
        Expected waiting = expected.get(answer.ticket());
        if (waiting != null && waiting.missing.remove(answer.queue()) != null) {
            try {
                waiting.onEach.accept(answer.queue(), answer.base());
            } finally {
                endIfNoneMissing(answer.ticket(), waiting);
            }
        }
    }

    /** A queue's actor has ended: what it was told in its last moments it will never answer. */
    void onEnded(int index, ActorRef<QueueActor.Command> ended) {
        queues.remove(index, ended);
        for (Map.Entry<Long, Expected> waiting : List.copyOf(expected.entrySet())) {
            if (waiting.getValue().missing.remove(index, ended)) {
                endIfNoneMissing(waiting.getKey(), waiting.getValue());
            }
        }
    }

    private void endIfNoneMissing(long ticket, Expected waiting) {
        if (waiting.missing.isEmpty()) {
            expected.remove(ticket);
            waiting.then.run();
        }
    }

    /** A queue has stopped for good. */
    void forget(int index) {
        queues.remove(index);
    }
}
