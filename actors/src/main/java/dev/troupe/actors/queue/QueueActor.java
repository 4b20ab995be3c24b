package dev.troupe.actors.queue;

import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.memory.DirtyLog;
import dev.troupe.transport.memory.GuestMemory;
import dev.troupe.transport.sys.Fd;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.Signal;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The control side of one started virtqueue. Must be spawned on the dispatcher of the event loop that it is given: its
 * {@link QueueRunner} is called by that loop directly, on the same thread.
 *
 * <p>A bug restarts the actor: a new incarnation takes the seat, waits until the kernel has finished with what the old one
 * began, and takes the unfinished requests up again. A guest's misdeed does not: the queue rests until it is stopped.
 */
public final class QueueActor extends AbstractMatchingBehavior<QueueActor.Command> {

    private static final Logger LOG = LoggerFactory.getLogger(QueueActor.class);

    private final QueueSeat seat;
    private final EventLoop loop;
    private final ActorRef<Notice> parent;
    private final FailureBudget failures;
    private final Tenure tenure;

    /** What a queue is told. */
    public sealed interface Command {}

    /** Enables or disables the ring. */
    public record SetEnabled(boolean enabled, Reply reply) implements Command {}

    /** Sets where calls go; the queue owns the descriptor. */
    public record SetCall(@Nullable Fd call, Reply reply) implements Command {}

    /** Sets where errors go; the queue owns the descriptor. */
    public record SetError(@Nullable Fd error, Reply reply) implements Command {}

    /**
     * Sets the guest's memory. If something was removed, the answer comes when nothing uses it any more.
     *
     * @param memory the memory from now on; whoever sends it keeps hold of it until the answer
     * @param removed whether less is mapped than before
     * @param reply where the answer goes
     */
    public record SetMemory(GuestMemory memory, boolean removed, Reply reply) implements Command {}

    /** Sets where writes to guest memory are logged; the answer comes when the log before is not used any more. */
    public record SetDirtyLog(@Nullable DirtyLog log, long ringLogAddress, Reply reply) implements Command {}

    /** Sets what the driver kicks; the queue owns the descriptor. */
    public record SetKick(@Nullable Fd kick, Reply reply) implements Command {}

    /** The driver kicked, by a message in place of the eventfd. */
    public enum Kick implements Command {
        /** The only one. */
        INSTANCE
    }

    /**
     * The device goes away: requests under way are finished, later ones wait in the ring.
     *
     * @param hasty whether requests under way are left in the in-flight log at once
     * @param reply where the answer goes
     */
    public record DetachDevice(boolean hasty, Reply reply) implements Command {}

    /** The device is there again. */
    public record AttachDevice(VirtioDevice device, Reply reply) implements Command {}

    /** Stops the ring: requests under way are finished, then the queue ends and answers where the ring stands. */
    public record Stop(Reply reply) implements Command {}

    /** Stops the ring at once: as {@link Stop}, but requests under way stay in the in-flight log. */
    public record Suspend(Reply reply) implements Command {}

    private record RunnerFailed(QueueRunner failed, Throwable cause) implements Command {}

    /** The kernel has finished with what a runner began. */
    record Quiet() implements Command {}

    /** A drain has lasted long enough. */
    record DrainDeadline() implements Command {}

    /**
     * Where an answer goes.
     *
     * @param to who waits for it
     * @param ticket what the asker recognises it by
     */
    public record Reply(ActorRef<Notice> to, long ticket) {}

    /** What a queue says. */
    public sealed interface Notice {}

    /**
     * What was told has been done.
     *
     * @param queue the queue's number
     * @param ticket the asker's
     * @param base where the ring stands, as GET_VRING_BASE has it
     */
    public record Applied(int queue, long ticket, long base) implements Notice {}

    /** The guest broke the ring; the queue rests until it is stopped. Whoever hears this logs it. */
    public record RingBroken(int queue, String reason) implements Notice {}

    /** The driver wants a call, and has no eventfd for it. */
    public record CallWanted(int queue) implements Notice {}

    /** The queue failed once more than it may; it rests until a device is attached again. */
    public record GaveUp(int queue, Throwable cause) implements Notice {}

    /** Creates the behaviour of one queue's actor. */
    public static Behavior<Command> create(
            QueueSeat seat, EventLoop loop, FailureBudget failures, ActorRef<Notice> parent) {
        Behavior<Command> queue = Behaviors.setup(context -> {
            // The ring is opened by a message, so that a failure to open it is supervised like any other.
            context.getSelf().tell(new Quiet());
            return new QueueActor(context, seat, loop, failures, parent);
        });
        Behavior<Command> afterFailures = Behaviors.supervise(queue)
                // Logged already, with its cause.
                .onFailure(
                        QueueFailedException.class, SupervisorStrategy.restart().withLoggingEnabled(false));
        return Behaviors.supervise(afterFailures).onFailure(RuntimeException.class, SupervisorStrategy.restart());
    }

    private QueueActor(
            ActorContext<Command> context,
            QueueSeat seat,
            EventLoop loop,
            FailureBudget failures,
            ActorRef<Notice> parent) {
        super(context);
        this.seat = seat;
        this.loop = loop;
        this.failures = failures;
        this.parent = parent;
        this.tenure = new Tenure(seat, loop, new RunnerOwner(), context.getSelf());
    }

    @Override
    public Behavior<Command> onMessage(Command message) {
        switch (message) {
            case SetEnabled m -> onSetEnabled(m);
            case SetKick m -> onSetKick(m);
            case SetCall m -> onSetCall(m);
            case SetError m -> onSetError(m);
            case SetMemory m -> onSetMemory(m);
            case SetDirtyLog m -> onSetDirtyLog(m);
            case Kick _ -> onKick();
            case DetachDevice m -> quiesce(m.hasty(), () -> seat.device(null), m.reply());
            case AttachDevice m -> onAttachDevice(m);
            case Stop m -> quiesce(false, this::stopped, m.reply());
            case Suspend m -> quiesce(true, this::stopped, m.reply());
            case RunnerFailed m -> onRunnerFailed(m);
            case Quiet _ -> onQuiet();
            case DrainDeadline _ -> tenure.onDeadline();
        }
        return seat.stopped() && seat.quiet() && seat.whenQuiet().isEmpty() ? Behaviors.stopped() : this;
    }

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        switch (signal) {
            case PreRestart _ -> {
                seat.monitor().countRestart();
                tenure.leave();
            }
            case PostStop _ -> closeSeatWhenQuiet();
            default -> {}
        }
        return this;
    }

    private void onSetEnabled(SetEnabled message) {
        seat.enabled(message.enabled());
        settle(message.reply());
    }

    private void onSetKick(SetKick message) {
        Fd before = seat.exchangeKick(message.kick());
        try {
            change(message.reply(), QueueRunner::swapKick);
        } finally {
            if (before != null) {
                before.close();
            }
        }
    }

    private void onSetCall(SetCall message) {
        seat.call(message.call());
        callOnce();
        answer(message.reply());
    }

    private void onSetError(SetError message) {
        seat.error(message.error());
        answer(message.reply());
    }

    private void onSetMemory(SetMemory message) {
        if (message.removed()) {
            quiesce(false, () -> seat.memory(message.memory()), message.reply());
            return;
        }
        seat.memory(message.memory());
        change(message.reply(), QueueRunner::swapMemory);
    }

    private void onSetDirtyLog(SetDirtyLog message) {
        seat.dirtyLog(message.log(), message.ringLogAddress());
        change(message.reply(), QueueRunner::swapDirtyLog);
    }

    /** Changes something of a ring that may have failed already; whoever asked is answered all the same. */
    private void change(Reply reply, Consumer<QueueRunner> swap) {
        QueueRunner current = tenure.runner();
        try {
            if (current != null) {
                swap.accept(current);
            }
        } catch (Throwable e) {
            onFailure(e);
        } finally {
            answer(reply);
        }
    }

    private void onKick() {
        QueueRunner current = tenure.runner();
        if (current != null) {
            current.ready();
        }
    }

    private void onAttachDevice(AttachDevice message) {
        seat.device(message.device());
        settle(message.reply());
    }

    private void stopped() {
        seat.markStopped();
        seat.findBase();
    }

    /**
     * Does something when no request is under way and the handler is closed; the queue goes on afterwards.
     *
     * @param atOnce whether requests under way stay in the in-flight log, rather than being finished first
     */
    private void quiesce(boolean atOnce, Runnable action, Reply reply) {
        seat.whenQuiet().add(action, reply);
        if (atOnce || tenure.vacant()) {
            tenure.leave();
            onQuiet();
        } else {
            tenure.drain();
        }
    }

    private void onQuiet() {
        if (seat.quiet() && tenure.vacant()) {
            seat.whenQuiet().run(this::answer);
            settle();
        }
    }

    /** Brings what runs into line with what is wanted. */
    private void settle() {
        VirtioDevice device = seat.device();
        if (tenure.vacant() && mayRun() && device != null) {
            open(device);
        } else {
            tenure.startOrPause();
        }
        showState();
    }

    /** The same; whoever asked is answered also if the queue fails over it and starts anew. */
    private void settle(Reply reply) {
        try {
            settle();
        } finally {
            answer(reply);
        }
    }

    private boolean mayRun() {
        return seat.enabled()
                && !seat.broken()
                && seat.quiet()
                && seat.whenQuiet().isEmpty()
                && !seat.stopped();
    }

    private void open(VirtioDevice device) {
        try {
            tenure.open(device);
            callOnce();
        } catch (Throwable e) {
            onFailure(e);
        }
    }

    /** Whoever served the ring before may have died after it returned a request and before it told the driver. */
    private void callOnce() {
        Fd call = seat.call();
        if (call != null) {
            loop.signal(call);
        }
    }

    private void onRunnerFailed(RunnerFailed message) {
        if (message.failed() == tenure.runner()) {
            onFailure(message.cause());
        }
    }

    private void onFailure(Throwable cause) {
        switch (Failure.of(cause)) {
            case BROKEN_RING, LOST_MEMORY -> restBroken(cause);
            case BUG -> restart(cause);
        }
        showState();
    }

    private void restBroken(Throwable cause) {
        seat.markBroken();
        String reason = "queue " + seat.ring().index() + " stopped: " + cause.getMessage();
        Fd error = seat.error();
        if (error != null) {
            loop.signal(error);
        }
        parent.tell(new RingBroken(seat.ring().index(), reason));
        tenure.leave();
    }

    private void restart(Throwable cause) {
        String where = seat.policy().deviceName() + ": queue " + seat.ring().index();
        LOG.error("{} failed by a bug; its unfinished requests are taken up again", where, cause);
        if (!seat.whenQuiet().isEmpty()) {
            tenure.leave();
        } else if (failures.spend()) {
            throw new QueueFailedException(where + " failed", cause);
        } else {
            seat.device(null);
            parent.tell(new GaveUp(seat.ring().index(), cause));
            tenure.leave();
        }
    }

    /** Passes on what the runner says; the same thread, but not within a message of the actor. */
    private final class RunnerOwner implements QueueRunner.Owner {

        private final ActorRef<Command> self = getContext().getSelf();

        @Override
        public void failed(QueueRunner failed, Throwable cause) {
            self.tell(new RunnerFailed(failed, cause));
        }

        @Override
        public void callWanted() {
            parent.tell(new CallWanted(seat.ring().index()));
        }
    }

    private void showState() {
        QueueMonitor.State state = seat.broken()
                ? QueueMonitor.State.BROKEN
                : seat.stopped()
                        ? QueueMonitor.State.STOPPED
                        : !seat.enabled()
                                ? QueueMonitor.State.DISABLED
                                : tenure.vacant() ? QueueMonitor.State.WAITING : QueueMonitor.State.RUNNING;
        seat.monitor().state(state);
    }

    private void answer(Reply reply) {
        reply.to().tell(new Applied(seat.ring().index(), reply.ticket(), seat.base()));
    }

    private void closeSeatWhenQuiet() {
        seat.monitor().state(QueueMonitor.State.STOPPED);
        tenure.end();
        seat.closeWhenQuiet();
    }
}
