package dev.troupe.actors.connection;

import dev.troupe.actors.host.DeviceActor;
import dev.troupe.actors.queue.QueueActor;
import dev.troupe.actors.session.DeviceOffer;
import dev.troupe.actors.session.RefusedException;
import dev.troupe.actors.session.Session;
import dev.troupe.actors.session.VringRecord;
import dev.troupe.transport.memory.DirtyLog;
import dev.troupe.transport.memory.GuestMemory;
import dev.troupe.transport.memory.MemoryAccessException;
import dev.troupe.transport.protocol.BackEndMessage;
import dev.troupe.transport.protocol.BackEndReply;
import dev.troupe.transport.protocol.Bytes;
import dev.troupe.transport.protocol.FrontEndMessage;
import dev.troupe.transport.protocol.PassedFds;
import dev.troupe.transport.ring.InflightRegion;
import dev.troupe.transport.ring.RingAreas;
import dev.troupe.transport.ring.RingException;
import dev.troupe.transport.sys.SysException;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.Signal;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Obeys one front end. It gets one message at a time and answers each with {@link TransportActor.Answered}, at once or
 * when the queues concerned have done what it takes; meanwhile it still hears of its device and its queues. What is
 * allowed is the {@link Session}'s to say, what queues do is the {@link QueueCrew}'s.
 *
 * <p>If it fails by a bug, it goes on as it is: what it waits for comes all the same, and a message that nothing is
 * awaited for is refused.
 */
final class ConnectionActor extends AbstractMatchingBehavior<ConnectionActor.Command> {

    private static final Logger LOG = LoggerFactory.getLogger(ConnectionActor.class);

    private final Wiring wiring;
    private final Session session;
    private final Ledger ledger;
    private final ActorRef<TransportActor.Command> transport;
    private final QueueCrew queues;
    private final StateTransfer stateTransfer;
    private @Nullable OpenDevice device;
    private @Nullable Exchange current;
    private @Nullable Exchange speaking;
    private boolean ended;

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

    /** What a connection is told. */
    sealed interface Command {}

    /** A message of the front end; the next one comes when this one is answered. */
    record Received(FrontEndMessage message) implements Command {}

    /** The front end is gone: stop its queues, give everything up, end. */
    enum Disconnected implements Command {
        INSTANCE
    }

    /** The session goes on where an earlier process left it: its rings start. */
    enum TakeUp implements Command {
        INSTANCE
    }

    /** The device goes away for a while, hastily if unfinished requests are not waited for. Answered when no queue uses it. */
    record DetachDevice(boolean hasty, ActorRef<Done> replyTo) implements Command {}

    /** The device is there again. Answered when the queues have taken it. */
    record AttachDevice(OpenDevice device, ActorRef<Done> replyTo) implements Command {}

    /** A queue's actor has ended. */
    record QueueEnded(int index, ActorRef<QueueActor.Command> queue) implements Command {}

    /** A transfer of the device's state has ended: well, or for a reason. */
    record StateTransferred(Optional<String> problem) implements Command {}

    private record QueueSays(QueueActor.Notice notice) implements Command {}

    /** What was awaited for a message has happened. */
    private record StepDone(Runnable step) implements Command {}

    /** Creates the behaviour that obeys one front end. */
    static Behavior<Command> create(
            Wiring wiring,
            Session session,
            Ledger ledger,
            DeviceHolder device,
            ActorRef<TransportActor.Command> transport) {
        return Behaviors.supervise(Behaviors.<Command>setup(
                        context -> new ConnectionActor(context, wiring, session, ledger, device.current(), transport)))
                .onFailure(RuntimeException.class, SupervisorStrategy.resume());
    }

    private ConnectionActor(
            ActorContext<Command> context,
            Wiring wiring,
            Session session,
            Ledger ledger,
            @Nullable OpenDevice device,
            ActorRef<TransportActor.Command> transport) {
        super(context);
        this.wiring = wiring;
        this.session = session;
        this.ledger = ledger;
        this.device = device;
        this.transport = transport;
        this.queues = new QueueCrew(context, wiring, context.messageAdapter(QueueActor.Notice.class, QueueSays::new));
        this.stateTransfer = new StateTransfer(context, wiring);
    }

    @Override
    public Behavior<Command> onMessage(Command message) {
        speaking = null;
        attempt(() -> act(message));
        refuseIfForgotten();
        return ended ? Behaviors.stopped() : this;
    }

    private void act(Command message) {
        switch (message) {
            case Received m -> onReceived(m.message());
            case Disconnected _ -> onDisconnected();
            case TakeUp _ -> session.record().vrings().forEach(vring -> startIfComplete(vring.index(), true));
            case StateTransferred m -> stateTransfer.ended(m.problem());
            case DetachDevice m -> onDetachDevice(m);
            case AttachDevice m -> onAttachDevice(m);
            case QueueSays m -> onQueueSays(m.notice());
            case QueueEnded m -> queues.onEnded(m.index(), m.queue());
            case StepDone m -> m.step().run();
        }
    }

    /** Does something that may fail by a bug; then the message that it was done for is refused in the end. */
    private void attempt(Runnable action) {
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
    private Runnable later(Runnable step) {
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

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal instanceof PostStop) {
            stateTransfer.cancel();
            session.close();
        }
        return this;
    }

    private void onDisconnected() {
        current = null;
        stateTransfer.cancel();
        queues.stopAll((_, _) -> {}, () -> ended = true);
    }

    private void onReceived(FrontEndMessage received) {
        Exchange exchange = new Exchange(received.name());
        current = exchange;
        speaking = exchange;
        try (FrontEndMessage message = received) {
            session.requireGate(message);
            obey(message);
        } catch (RefusedException | MemoryAccessException | RingException | SysException e) {
            refuse(received.name() + ": " + e.getMessage());
        }
    }

    private void obey(FrontEndMessage message) {
        DeviceOffer offer = session.offer();
        switch (message) {
            case FrontEndMessage.GetFeatures _ -> answer(offer.features());
            case FrontEndMessage.SetFeatures m -> onSetFeatures(m);
            case FrontEndMessage.GetProtocolFeatures _ -> answer(offer.protocolFeatures());
            case FrontEndMessage.SetProtocolFeatures m -> {
                session.setProtocolFeatures(m.features());
                acknowledge();
            }
            case FrontEndMessage.GetQueueNum _ -> answer(offer.queueCount());
            case FrontEndMessage.GetMaxMemSlots _ -> answer(DeviceOffer.MEMORY_SLOTS);
            // Nothing is owned by anybody but the one front end that is connected.
            case FrontEndMessage.SetOwner _, FrontEndMessage.ResetOwner _ -> acknowledge();
            // Whoever wants to know looks at the log itself.
            case FrontEndMessage.SetLogFd _ -> acknowledge();
            case FrontEndMessage.SetLogBase m -> onSetLogBase(m);
            case FrontEndMessage.SetMemTable m -> memoryChanged(session.setMemory(m.regions(), m.fds()), true);
            case FrontEndMessage.AddMemReg m -> memoryChanged(session.addRegion(m.region(), m.fds()), false);
            case FrontEndMessage.RemMemReg m -> memoryChanged(session.removeRegion(m.region()), true);
            case FrontEndMessage.GetConfig m -> onGetConfig(m);
            case FrontEndMessage.SetConfig m -> onSetConfig(m);
            case FrontEndMessage.GetInflightFd m -> onGetInflightFd(m);
            case FrontEndMessage.SetInflightFd m -> {
                session.setInflight(m.region(), m.fds());
                acknowledge();
            }
            case FrontEndMessage.SetStatus m -> onSetStatus(m);
            case FrontEndMessage.GetStatus _ -> answer(session.record().status());
            case FrontEndMessage.ResetDevice _ -> reset();
            case FrontEndMessage.SetBackendReqFd m -> {
                transport.tell(new TransportActor.OpenBackChannel(session.backChannel(m.fds())));
                acknowledge();
            }
            case FrontEndMessage.SetDeviceStateFd m -> {
                session.requireSuspended();
                stateTransfer.begin(m, requireDevice());
                answer(new BackEndReply.DeviceStateFd(BackEndReply.DeviceStateFd.NO_FD, PassedFds.none()));
            }
            case FrontEndMessage.CheckDeviceState _ -> stateTransfer.whenEnded(later(this::answerStateCheck));
            default -> obeyForVring(message);
        }
    }

    private void answerStateCheck() {
        Optional<String> problem = stateTransfer.problem();
        if (problem.isPresent()) {
            refuse("CHECK_DEVICE_STATE: the device's state was not transferred: " + problem.get());
        } else {
            answer(0);
        }
    }

    private void obeyForVring(FrontEndMessage message) {
        switch (message) {
            case FrontEndMessage.SetVringNum m -> {
                session.setVringSize(m.index(), m.num());
                startAndAcknowledge(m.index());
            }
            case FrontEndMessage.SetVringBase m -> {
                session.setVringBase(m.index(), m.base());
                acknowledge();
            }
            case FrontEndMessage.SetVringAddr m -> {
                session.setVringAreas(m);
                startIfComplete(m.index());
                queues.setDirtyLog(session.record(), later(this::acknowledge));
            }
            case FrontEndMessage.SetVringKick m -> onSetVringKick(m);
            case FrontEndMessage.SetVringCall m -> {
                session.setVringCall(m.index(), m.fds());
                queues.ask(
                        m.index(),
                        reply -> new QueueActor.SetCall(
                                QueueCrew.duplicate(session.vring(m.index()).call()), reply),
                        later(this::acknowledge));
            }
            case FrontEndMessage.SetVringErr m -> {
                session.setVringError(m.index(), m.fds());
                queues.ask(
                        m.index(),
                        reply -> new QueueActor.SetError(
                                QueueCrew.duplicate(session.vring(m.index()).error()), reply),
                        later(this::acknowledge));
            }
            case FrontEndMessage.SetVringEnable m -> {
                session.setVringEnabled(m.index(), m.enable());
                queues.ask(m.index(), reply -> new QueueActor.SetEnabled(m.enable(), reply), later(this::acknowledge));
            }
            case FrontEndMessage.GetVringBase m -> stopVring(m.index(), session.suspendsByDefault());
            case FrontEndMessage.GetVringBaseSkipDrain m -> stopVring(m.index(), true);
            case FrontEndMessage.VringKick m -> {
                session.vring(m.index());
                queues.tell(m.index(), QueueActor.Kick.INSTANCE);
                acknowledge();
            }
            default -> throw new RefusedException("not offered");
        }
    }

    private void onSetFeatures(FrontEndMessage.SetFeatures message) {
        session.setFeatures(message.features());
        session.record().vrings().forEach(vring -> startIfComplete(vring.index()));
        queues.setDirtyLog(session.record(), later(this::acknowledge));
    }

    private void onSetLogBase(FrontEndMessage.SetLogBase message) {
        DirtyLog before = session.setDirtyLog(message.mmapOffset(), message.mmapSizeBytes(), message.fds());
        queues.setDirtyLog(session.record(), later(() -> {
            if (before != null) {
                before.close();
            }
            answer(0);
        }));
    }

    private void memoryChanged(GuestMemory before, boolean removed) {
        GuestMemory now = session.record().memory();
        queues.askAll(reply -> new QueueActor.SetMemory(now, removed, reply), later(() -> {
            before.release();
            acknowledge();
        }));
    }

    private void onGetConfig(FrontEndMessage.GetConfig message) {
        byte[] config = configSpace();
        // Some front ends ask for more than the device type has; what is beyond reads as zero.
        byte[] part = Arrays.copyOfRange(
                Arrays.copyOf(config, Math.max(config.length, message.offset() + message.sizeBytes())),
                message.offset(),
                message.offset() + message.sizeBytes());
        answer(new BackEndReply.Config(message.offset(), message.flags(), Bytes.of(part)));
    }

    private byte[] configSpace() {
        if (device != null) {
            ledger.config(device.device().configSpace(session.record().driverFeatures()));
        }
        return ledger.config().toArray();
    }

    private void onSetConfig(FrontEndMessage.SetConfig message) {
        OpenDevice open = requireDevice();
        if (message.offset() + message.data().lengthBytes() > configSpace().length) {
            throw new RefusedException("beyond the configuration space");
        }
        AtomicBoolean accepted = new AtomicBoolean();
        Runnable step = later(() -> onConfigWritten(accepted.get()));
        ActorRef<DeviceActor.ConfigWritten> written = getContext()
                .messageAdapter(DeviceActor.ConfigWritten.class, answer -> {
                    accepted.set(answer.accepted());
                    return new StepDone(step);
                });
        open.actor().tell(new DeviceActor.WriteConfig(message.offset(), message.data(), written));
    }

    private void onConfigWritten(boolean accepted) {
        if (accepted) {
            acknowledge();
        } else {
            refuse("SET_CONFIG: a field that the driver must not write");
        }
    }

    private OpenDevice requireDevice() {
        if (device == null) {
            throw new RefusedException("the device is stopped");
        }
        return device;
    }

    private void onGetInflightFd(FrontEndMessage.GetInflightFd message) {
        try (InflightRegion region = session.makeInflight(
                message.region().numQueues(), message.region().queueSize())) {
            answer(new BackEndReply.InflightFd(
                    new dev.troupe.transport.protocol.InflightRegion(
                            region.mmapSizeBytes(),
                            region.mmapOffset(),
                            message.region().numQueues(),
                            message.region().queueSize()),
                    PassedFds.of(region.fd().duplicate())));
        }
    }

    private void onSetStatus(FrontEndMessage.SetStatus message) {
        session.setStatus(message.status());
        if (message.status() == 0) {
            reset();
        } else {
            acknowledge();
        }
    }

    private void reset() {
        queues.stopAll(this::ringStopped, later(() -> {
            session.disableRings();
            if (device == null) {
                acknowledge();
                return;
            }
            Runnable step = later(this::acknowledge);
            device.actor()
                    .tell(new DeviceActor.Reset(getContext().messageAdapter(Done.class, _ -> new StepDone(step))));
        }));
    }

    private void ringStopped(int index, long base) {
        queues.forget(index);
        session.vringStopped(index, (int) base);
    }

    private void onSetVringKick(FrontEndMessage.SetVringKick message) {
        session.setVringKick(message.index(), message.fds());
        if (queues.isAtWork(message.index())) {
            queues.ask(
                    message.index(),
                    reply -> new QueueActor.SetKick(
                            QueueCrew.duplicate(session.vring(message.index()).kick()), reply),
                    later(this::acknowledge));
        } else {
            startAndAcknowledge(message.index());
        }
    }

    private void startAndAcknowledge(int index) {
        startIfComplete(index);
        acknowledge();
    }

    private void startIfComplete(int index) {
        startIfComplete(index, false);
    }

    private void startIfComplete(int index, boolean takenUp) {
        RingAreas areas = session.vring(index).areas();
        if (areas != null
                && session.vring(index).complete()
                && session.record().featuresSet()
                && !queues.isAtWork(index)) {
            stateTransfer.cancel();
            session.giveLog(index);
            queues.start(
                    session.record(), session.vring(index), areas, device == null ? null : device.device(), takenUp);
        }
    }

    private void stopVring(int index, boolean suspend) {
        VringRecord vring = session.vring(index);
        if (queues.isAtWork(index)) {
            boolean remembered = suspend && session.record().sharedLogOf(vring) != null;
            queues.stop(index, remembered, this::ringStopped, later(() -> answerBase(index)));
        } else {
            session.vringStopped(index, vring.base());
            answerBase(index);
        }
    }

    private void answerBase(int index) {
        // Where the ring stopped stands in the record before the log forgets it.
        ledger.write();
        session.forgetFinished(index);
        answer(new BackEndReply.VringBase(index, session.vring(index).base()));
    }

    private void onQueueSays(QueueActor.Notice notice) {
        switch (notice) {
            case QueueActor.Applied applied -> queues.onApplied(applied);
            case QueueActor.RingBroken broken -> onRingBroken(broken);
            case QueueActor.CallWanted wanted ->
                transport.tell(new TransportActor.SayUnasked(new BackEndMessage.VringCall(wanted.queue())));
            case QueueActor.GaveUp gaveUp -> transport.tell(new TransportActor.QueueGaveUp(gaveUp.cause()));
        }
    }

    private void onRingBroken(QueueActor.RingBroken broken) {
        wiring.violated(broken.reason(), "it starts again when the driver resets it");
        if (session.inBand() && session.vring(broken.queue()).error() == null) {
            transport.tell(new TransportActor.SayUnasked(new BackEndMessage.VringErr(broken.queue())));
        }
    }

    private void onDetachDevice(DetachDevice message) {
        // What the front end asks for while the device is away.
        attempt(this::configSpace);
        device = null;
        queues.askAll(
                reply -> new QueueActor.DetachDevice(message.hasty(), reply),
                () -> message.replyTo().tell(Done.getInstance()));
    }

    private void onAttachDevice(AttachDevice message) {
        device = message.device();
        attempt(this::configSpace);
        queues.askAll(
                reply -> new QueueActor.AttachDevice(message.device().device(), reply),
                () -> message.replyTo().tell(Done.getInstance()));
    }

    private void acknowledge() {
        answer(BackEndReply.U64.OK, TransportActor.Answered.Kind.ACKNOWLEDGEMENT);
    }

    private void answer(long value) {
        answer(new BackEndReply.U64(value));
    }

    private void answer(BackEndReply reply) {
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

    private void refuse(String reason) {
        wiring.violated("refused " + reason);
        answer(BackEndReply.U64.FAILED, TransportActor.Answered.Kind.REFUSAL);
    }
}
