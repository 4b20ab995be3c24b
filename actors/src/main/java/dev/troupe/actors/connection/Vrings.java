package dev.troupe.actors.connection;

import dev.troupe.actors.queue.QueueActor;
import dev.troupe.actors.session.RefusedException;
import dev.troupe.actors.session.Session;
import dev.troupe.actors.session.VringRecord;
import dev.troupe.transport.protocol.BackEndReply;
import dev.troupe.transport.protocol.FrontEndMessage;
import dev.troupe.transport.ring.RingAreas;
import dev.troupe.transport.sys.SysException;

/**
 * What a front end says of single vrings: noted in the session, told to the queue, answered when that has done it. Starts a
 * vring as soon as all is said that it needs. Belongs to the connection's actor.
 */
final class Vrings {

    private final Session session;
    private final QueueCrew queues;
    private final StateTransfer stateTransfer;
    private final Ledger ledger;
    private final Conversation conversation;
    private final DeviceHolder device;

    Vrings(
            Session session,
            QueueCrew queues,
            StateTransfer stateTransfer,
            Ledger ledger,
            Conversation conversation,
            DeviceHolder device) {
        this.session = session;
        this.queues = queues;
        this.stateTransfer = stateTransfer;
        this.ledger = ledger;
        this.conversation = conversation;
        this.device = device;
    }

    /** Obeys a message about one vring; any other is refused. */
    void obey(FrontEndMessage message) {
        switch (message) {
            case FrontEndMessage.SetVringNum m -> {
                session.setVringSize(m.index(), m.num());
                startAndAcknowledge(m.index());
            }
            case FrontEndMessage.SetVringBase m -> {
                session.setVringBase(m.index(), m.base());
                conversation.acknowledge();
            }
            case FrontEndMessage.SetVringAddr m -> {
                session.setVringAreas(m);
                startIfComplete(m.index());
                queues.setDirtyLog(session.record(), conversation.acknowledgeLater());
            }
            case FrontEndMessage.SetVringKick m -> onSetVringKick(m);
            case FrontEndMessage.SetVringCall m -> {
                session.setVringCall(m.index(), m.fds());
                queues.ask(
                        m.index(),
                        reply -> new QueueActor.SetCall(
                                QueueCrew.duplicate(session.vring(m.index()).call()), reply),
                        conversation.acknowledgeLater());
            }
            case FrontEndMessage.SetVringErr m -> {
                session.setVringError(m.index(), m.fds());
                queues.ask(
                        m.index(),
                        reply -> new QueueActor.SetError(
                                QueueCrew.duplicate(session.vring(m.index()).error()), reply),
                        conversation.acknowledgeLater());
            }
            case FrontEndMessage.SetVringEnable m -> {
                session.setVringEnabled(m.index(), m.enable());
                queues.ask(
                        m.index(),
                        reply -> new QueueActor.SetEnabled(m.enable(), reply),
                        conversation.acknowledgeLater());
            }
            case FrontEndMessage.GetVringBase m -> stopVring(m.index(), session.suspendsByDefault());
            case FrontEndMessage.GetVringBaseSkipDrain m -> stopVring(m.index(), true);
            case FrontEndMessage.VringKick m -> {
                session.vring(m.index());
                queues.tell(m.index(), QueueActor.Kick.INSTANCE);
                conversation.acknowledge();
            }
            default -> throw new RefusedException("not offered");
        }
    }

    private void onSetVringKick(FrontEndMessage.SetVringKick message) {
        session.setVringKick(message.index(), message.fds());
        if (queues.isAtWork(message.index())) {
            queues.ask(
                    message.index(),
                    reply -> new QueueActor.SetKick(
                            QueueCrew.duplicate(session.vring(message.index()).kick()), reply),
                    conversation.acknowledgeLater());
        } else {
            startAndAcknowledge(message.index());
        }
    }

    private void startAndAcknowledge(int index) {
        startIfComplete(index);
        conversation.acknowledge();
    }

    private void startIfComplete(int index) {
        startIfComplete(index, false);
    }

    /**
     * Starts every vring of which all is said that it needs. One that cannot be does not keep the others from it.
     *
     * @param takenUp whether they go on where an earlier process left them
     * @throws SysException if one could not be started, for lack of descriptors
     */
    void startComplete(boolean takenUp) {
        SysException failure = null;
        for (VringRecord vring : session.record().vrings()) {
            try {
                startIfComplete(vring.index(), takenUp);
            } catch (SysException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private void startIfComplete(int index, boolean takenUp) {
        RingAreas areas = session.vring(index).areas();
        if (areas != null
                && session.vring(index).complete()
                && session.record().featuresSet()
                && !queues.isAtWork(index)) {
            stateTransfer.cancel();
            session.giveLog(index);
            OpenDevice open = device.current();
            queues.start(session.record(), session.vring(index), areas, open == null ? null : open.device(), takenUp);
        }
    }

    private void stopVring(int index, boolean suspend) {
        VringRecord vring = session.vring(index);
        if (queues.isAtWork(index)) {
            boolean remembered = suspend && session.record().sharedLogOf(vring) != null;
            queues.stop(index, remembered, this::ringStopped, conversation.later(() -> answerBase(index)));
        } else {
            session.vringStopped(index, vring.base());
            answerBase(index);
        }
    }

    /** Stops every vring; what follows runs when all have stopped. */
    void stopAll(Runnable then) {
        queues.stopAll(this::ringStopped, then);
    }

    private void answerBase(int index) {
        // Where the ring stopped stands in the record before the log forgets it.
        ledger.write();
        session.forgetFinished(index);
        conversation.answer(
                new BackEndReply.VringBase(index, session.vring(index).base()));
    }

    private void ringStopped(int index, long base) {
        queues.forget(index);
        session.vringStopped(index, (int) base);
    }
}
