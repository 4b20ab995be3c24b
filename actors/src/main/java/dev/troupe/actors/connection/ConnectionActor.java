package dev.troupe.actors.connection;

import dev.troupe.actors.host.DeviceActor;
import dev.troupe.actors.queue.QueueActor;
import dev.troupe.actors.session.DeviceOffer;
import dev.troupe.actors.session.RefusedException;
import dev.troupe.actors.session.Session;
import dev.troupe.transport.memory.DirtyLog;
import dev.troupe.transport.memory.GuestMemory;
import dev.troupe.transport.memory.MemoryAccessException;
import dev.troupe.transport.protocol.BackEndMessage;
import dev.troupe.transport.protocol.BackEndReply;
import dev.troupe.transport.protocol.Bytes;
import dev.troupe.transport.protocol.FrontEndMessage;
import dev.troupe.transport.protocol.PassedFds;
import dev.troupe.transport.ring.InflightRegion;
import dev.troupe.transport.ring.RingException;
import dev.troupe.transport.sys.SysException;
import java.time.Duration;
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

/**
 * Obeys one front end. It gets one message at a time and answers each with {@link TransportActor.Answered}, at once or
 * when the queues concerned have done what it takes; meanwhile it still hears of its device and its queues. What is
 * allowed is the {@link Session}'s to say, what queues do is the {@link QueueCrew}'s, what single vrings are told is for
 * {@link Vrings}, and the {@link Conversation} sees to it that each message is answered.
 *
 * <p>If it fails by a bug, it goes on as it is: what it waits for comes all the same, and a message that nothing is
 * awaited for is refused.
 */
final class ConnectionActor extends AbstractMatchingBehavior<ConnectionActor.Command> {

    private static final Duration TAKE_UP_AGAIN_AFTER = Duration.ofMillis(100);

    private final Wiring wiring;
    private final Session session;
    private final Ledger ledger;
    private final ActorRef<TransportActor.Command> transport;
    private final QueueCrew queues;
    private final StateTransfer stateTransfer;
    private final DeviceHolder device = new DeviceHolder();
    private final Absence absence = new Absence();
    private final Conversation conversation;
    private final Vrings vrings;
    private boolean leaving;
    private boolean ended;

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

    /**
     * The device goes away for a while, hastily if unfinished requests are not waited for. When no queue uses it any more,
     * the transport is told.
     */
    record DetachDevice(boolean hasty, long ticket) implements Command {}

    /** The device is there again. When the queues have taken it, the transport is told. */
    record AttachDevice(OpenDevice device, long ticket) implements Command {}

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
        this.device.set(device);
        this.transport = transport;
        this.queues = new QueueCrew(context, wiring, context.messageAdapter(QueueActor.Notice.class, QueueSays::new));
        this.stateTransfer = new StateTransfer(context, wiring);
        this.conversation = new Conversation(wiring, transport);
        this.vrings = new Vrings(session, queues, stateTransfer, ledger, conversation, this.device);
    }

    @Override
    public Behavior<Command> onMessage(Command message) {
        conversation.during(() -> act(message));
        return ended ? Behaviors.stopped() : this;
    }

    private void act(Command message) {
        switch (message) {
            case Received m -> onReceived(m.message());
            case Disconnected _ -> onDisconnected();
            case TakeUp _ when leaving -> {}
            case TakeUp _ -> onTakeUp();
            case StateTransferred m -> stateTransfer.ended(m.problem());
            case DetachDevice m -> onDetachDevice(m);
            case AttachDevice m -> onAttachDevice(m);
            case QueueSays m -> onQueueSays(m.notice());
            case QueueEnded m -> queues.onEnded(m.index(), m.queue());
            case StepDone m -> m.step().run();
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
        leaving = true;
        conversation.end();
        stateTransfer.cancel();
        queues.stopAll((_, _) -> {}, () -> ended = true);
    }

    private void onTakeUp() {
        try {
            vrings.startComplete(true);
        } catch (SysException e) {
            wiring.monitor().problem(wiring.spec().name() + ": a ring cannot be taken up yet: " + e.getMessage());
            getContext().scheduleOnce(TAKE_UP_AGAIN_AFTER, getContext().getSelf(), TakeUp.INSTANCE);
        }
    }

    private void onReceived(FrontEndMessage received) {
        conversation.begin(received.name());
        try (FrontEndMessage message = received) {
            session.requireGate(message);
            obey(message);
        } catch (RefusedException | MemoryAccessException | RingException | SysException e) {
            conversation.refuse(received.name() + ": " + e.getMessage());
        }
    }

    private void obey(FrontEndMessage message) {
        DeviceOffer offer = session.offer();
        switch (message) {
            case FrontEndMessage.GetFeatures _ -> conversation.answer(offer.features());
            case FrontEndMessage.SetFeatures m -> onSetFeatures(m);
            case FrontEndMessage.GetProtocolFeatures _ -> conversation.answer(offer.protocolFeatures());
            case FrontEndMessage.SetProtocolFeatures m -> {
                session.setProtocolFeatures(m.features());
                conversation.acknowledge();
            }
            case FrontEndMessage.GetQueueNum _ -> conversation.answer(offer.queueCount());
            case FrontEndMessage.GetMaxMemSlots _ -> conversation.answer(DeviceOffer.MEMORY_SLOTS);
            // Nothing is owned by anybody but the one front end that is connected.
            case FrontEndMessage.SetOwner _, FrontEndMessage.ResetOwner _ -> conversation.acknowledge();
            // Whoever wants to know looks at the log itself.
            case FrontEndMessage.SetLogFd _ -> conversation.acknowledge();
            case FrontEndMessage.SetLogBase m -> onSetLogBase(m);
            case FrontEndMessage.SetMemTable m -> memoryChanged(session.setMemory(m.regions(), m.fds()), true);
            case FrontEndMessage.AddMemReg m -> memoryChanged(session.addRegion(m.region(), m.fds()), false);
            case FrontEndMessage.RemMemReg m -> memoryChanged(session.removeRegion(m.region()), true);
            case FrontEndMessage.GetConfig m -> onGetConfig(m);
            case FrontEndMessage.SetConfig m -> onSetConfig(m);
            case FrontEndMessage.GetInflightFd m -> onGetInflightFd(m);
            case FrontEndMessage.SetInflightFd m -> {
                session.setInflight(m.region(), m.fds());
                conversation.acknowledge();
            }
            case FrontEndMessage.SetStatus m -> onSetStatus(m);
            case FrontEndMessage.GetStatus _ ->
                conversation.answer(session.record().status());
            case FrontEndMessage.ResetDevice _ -> reset();
            case FrontEndMessage.SetBackendReqFd m -> {
                transport.tell(new TransportActor.OpenBackChannel(session.backChannel(m.fds())));
                conversation.acknowledge();
            }
            case FrontEndMessage.SetDeviceStateFd m -> {
                session.requireSuspended();
                stateTransfer.begin(m, requireDevice());
                conversation.answer(new BackEndReply.DeviceStateFd(BackEndReply.DeviceStateFd.NO_FD, PassedFds.none()));
            }
            case FrontEndMessage.CheckDeviceState _ ->
                stateTransfer.whenEnded(conversation.later(this::answerStateCheck));
            default -> vrings.obey(message);
        }
    }

    private void answerStateCheck() {
        Optional<String> problem = stateTransfer.problem();
        if (problem.isPresent()) {
            conversation.refuse("CHECK_DEVICE_STATE: the device's state was not transferred: " + problem.get());
        } else {
            conversation.answer(0);
        }
    }

    private void onSetFeatures(FrontEndMessage.SetFeatures message) {
        session.setFeatures(message.features());
        vrings.startComplete(false);
        queues.setDirtyLog(session.record(), conversation.acknowledgeLater());
    }

    private void onSetLogBase(FrontEndMessage.SetLogBase message) {
        DirtyLog before = session.setDirtyLog(message.mmapOffset(), message.mmapSizeBytes(), message.fds());
        queues.setDirtyLog(session.record(), conversation.later(() -> {
            if (before != null) {
                before.close();
            }
            conversation.answer(0);
        }));
    }

    private void memoryChanged(GuestMemory before, boolean removed) {
        GuestMemory now = session.record().memory();
        queues.askAll(reply -> new QueueActor.SetMemory(now, removed, reply), conversation.later(() -> {
            before.release();
            conversation.acknowledge();
        }));
    }

    private void onGetConfig(FrontEndMessage.GetConfig message) {
        byte[] config = configSpace();
        // Some front ends ask for more than the device type has; what is beyond reads as zero.
        byte[] part = Arrays.copyOfRange(
                Arrays.copyOf(config, Math.max(config.length, message.offset() + message.sizeBytes())),
                message.offset(),
                message.offset() + message.sizeBytes());
        conversation.answer(new BackEndReply.Config(message.offset(), message.flags(), Bytes.of(part)));
    }

    private byte[] configSpace() {
        OpenDevice open = device.current();
        if (open != null) {
            ledger.config(open.device().configSpace(session.record().driverFeatures()));
        }
        return ledger.config().toArray();
    }

    private void onSetConfig(FrontEndMessage.SetConfig message) {
        if (message.offset() + message.data().lengthBytes() > configSpace().length) {
            throw new RefusedException("beyond the configuration space");
        }
        OpenDevice open = device.current();
        if (open == null) {
            if (!absence.write(message.offset(), message.data())) {
                throw new RefusedException("the device is stopped, and has missed as much as is remembered");
            }
            conversation.acknowledge();
            return;
        }
        AtomicBoolean accepted = new AtomicBoolean();
        Runnable step = conversation.later(() -> onConfigWritten(accepted.get()));
        ActorRef<DeviceActor.ConfigWritten> written = getContext()
                .messageAdapter(DeviceActor.ConfigWritten.class, answer -> {
                    accepted.set(answer.accepted());
                    return new StepDone(step);
                });
        open.actor().tell(new DeviceActor.WriteConfig(message.offset(), message.data(), written));
    }

    private void onConfigWritten(boolean accepted) {
        if (accepted) {
            conversation.acknowledge();
        } else {
            conversation.refuse("SET_CONFIG: a field that the driver must not write");
        }
    }

    private OpenDevice requireDevice() {
        OpenDevice open = device.current();
        if (open == null) {
            throw new RefusedException("the device is stopped");
        }
        return open;
    }

    private void onGetInflightFd(FrontEndMessage.GetInflightFd message) {
        try (InflightRegion region = session.makeInflight(
                message.region().numQueues(), message.region().queueSize())) {
            conversation.answer(new BackEndReply.InflightFd(
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
            conversation.acknowledge();
        }
    }

    private void reset() {
        vrings.stopAll(conversation.later(() -> {
            session.disableRings();
            OpenDevice open = device.current();
            if (open == null) {
                absence.reset();
                conversation.acknowledge();
                return;
            }
            Runnable step = conversation.acknowledgeLater();
            open.actor().tell(new DeviceActor.Reset(getContext().messageAdapter(Done.class, _ -> new StepDone(step))));
        }));
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
        conversation.attempt(this::configSpace);
        if (message.hasty()) {
            // Every guest of the daemon would wait for it.
            stateTransfer.cancel();
        }
        device.set(null);
        queues.askAll(reply -> new QueueActor.DetachDevice(message.hasty(), reply), () -> done(message.ticket()));
    }

    private void onAttachDevice(AttachDevice message) {
        device.set(message.device());
        if (absence.isEmpty()) {
            attachQueues(message);
            return;
        }
        getContext()
                .pipeToSelf(
                        absence.tell(
                                message.device().actor(),
                                getContext().getSystem().scheduler()),
                        (_, _) -> new StepDone(() -> attachQueues(message)));
    }

    private void attachQueues(AttachDevice message) {
        if (!message.device().equals(device.current())) {
            // It has been taken away again meanwhile.
            done(message.ticket());
            return;
        }
        conversation.attempt(this::configSpace);
        queues.askAll(
                reply -> new QueueActor.AttachDevice(message.device().device(), reply), () -> done(message.ticket()));
    }

    private void done(long ticket) {
        transport.tell(new TransportActor.DeviceMoved(ticket));
    }
}
