package dev.troupe.actors.connection;

import dev.troupe.actors.session.DeviceOffer;
import dev.troupe.actors.session.Session;
import dev.troupe.actors.session.SessionRecord;
import dev.troupe.actors.session.SessionSnapshot;
import dev.troupe.actors.vault.DeviceKeep;
import dev.troupe.actors.vault.DeviceRecord;
import dev.troupe.transport.protocol.Bytes;
import dev.troupe.transport.protocol.Frame;
import dev.troupe.transport.protocol.FrontEndRequest;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.SysException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes down what a later process needs of this device, whenever it changes. Control loop only; the data path never comes
 * here.
 *
 * <p>The order keeps the record right at every instant: what is new is kept first, then the record that names it is
 * published by one store, then what no record names any more is let go. A message stands in the record from before it is
 * obeyed until its answer has gone.
 */
final class Ledger {

    private static final Logger LOG = LoggerFactory.getLogger(Ledger.class);

    private final Wiring wiring;
    private final DeviceKeep keep;
    private final List<String> handNames = new ArrayList<>();
    private final List<String> obsolete = new ArrayList<>();
    private Map<Fd, String> sessionNames = new HashMap<>();
    private DeviceOffer offer;
    private Bytes config = Bytes.EMPTY;
    private @Nullable Socket listener;
    private @Nullable Socket socket;
    private @Nullable Socket backChannel;
    private @Nullable Session session;
    private @Nullable Bytes hand;
    private boolean handAnswered;
    private long quietSinceNanos;
    private boolean failureLogged;

    /** A socket that somebody else owns. It is kept with the next record, or a later one if it cannot be by then. */
    private static final class Socket {
        private final String what;
        private final Fd fd;
        private @Nullable String name;

        Socket(String what, Fd fd) {
            this.what = what;
            this.fd = fd;
        }
    }

    Ledger(Wiring wiring, DeviceOffer offer) {
        this.wiring = wiring;
        this.keep = wiring.keep();
        this.offer = offer;
    }

    void offer(DeviceOffer now) {
        offer = now;
    }

    /** The configuration space as it was last read, for the time when the device is away. */
    Bytes config() {
        return config;
    }

    void config(byte[] now) {
        config = Bytes.of(now);
    }

    void listening(Fd listening) {
        replace(listener);
        listener = new Socket(DeviceKeep.LISTENER, listening);
    }

    void connected(Fd connected, Session agreed) {
        socket = new Socket("socket", connected);
        session = agreed;
    }

    void backChannel(Fd fd) {
        replace(backChannel);
        backChannel = new Socket("back", fd);
    }

    /** Notes a message that was read, before it is obeyed. */
    void received(Frame frame) {
        takeInHand(frame);
        write();
    }

    /** Notes a message that an earlier process read. */
    void takeInHand(Frame frame) {
        forgetHand();
        String what = whatComesWith(frame.header().request());
        try {
            frame.fds().peek().forEach(fd -> handNames.add(keep.keep(what, fd)));
            hand = Bytes.copyOf(frame.toBytes());
        } catch (SysException e) {
            // Too many descriptors are open: the message is obeyed all the same, and would be lost in a crash.
            forgetHand();
        }
    }

    private static String whatComesWith(int request) {
        return switch (FrontEndRequest.ofNumber(request).orElse(FrontEndRequest.GET_FEATURES)) {
            case SET_MEM_TABLE, ADD_MEM_REG -> "mem";
            case SET_VRING_KICK -> "kick";
            case SET_VRING_CALL -> "call";
            case SET_VRING_ERR -> "err";
            case SET_LOG_BASE -> "log";
            case SET_INFLIGHT_FD -> "inflight";
            case SET_BACKEND_REQ_FD -> "back";
            default -> "hand";
        };
    }

    /**
     * Answers the message in hand.
     *
     * @param send sends the answer; false if the peer does not read and the rest of it goes later ({@link #flushed})
     */
    void answer(BooleanSupplier send) {
        Bytes answered = hand;
        hand = null;
        prepare();
        keep.publish();
        // Here the record says that the answer has gone, and it has not: the one instant in which a crash loses it. The
        // other way round the instant would be longer, for sending wakes the peer up, perhaps on this very processor.
        if (send.getAsBoolean()) {
            forgetHand();
            releaseObsolete();
        } else {
            hand = answered;
            handAnswered = true;
            write();
        }
    }

    /** All that was sent has gone; what has been taken in hand since is still to be answered. */
    void flushed() {
        if (handAnswered) {
            forgetHand();
            write();
        }
    }

    private void forgetHand() {
        hand = null;
        handAnswered = false;
        obsolete.addAll(handNames);
        handNames.clear();
    }

    /** The connection has ended: nothing of it is kept any longer. */
    void disconnected() {
        if (socket == null) {
            return;
        }
        replace(socket);
        replace(backChannel);
        socket = null;
        backChannel = null;
        session = null;
        obsolete.addAll(sessionNames.values());
        sessionNames = new HashMap<>();
        forgetHand();
        write();
    }

    /** The sockets are closed for good: nothing of them is kept any longer. */
    void closed() {
        disconnected();
        replace(listener);
        listener = null;
        write();
    }

    /** Nothing is served from now on, for a hand-over; 0 ends that. */
    void quietSince(long nanos) {
        quietSinceNanos = nanos;
        write();
    }

    private void replace(@Nullable Socket kept) {
        if (kept != null && kept.name != null) {
            obsolete.add(kept.name);
        }
    }

    /** Writes everything down as it is now. */
    void write() {
        prepare();
        publish();
    }

    /** A session goes on though it cannot be written down: then only a later process is worse off. */
    private void prepare() {
        try {
            prepareRecord();
        } catch (SysException | IllegalArgumentException e) {
            if (!failureLogged) {
                failureLogged = true;
                LOG.error(
                        "{}: what a later process needs cannot be kept: {}",
                        wiring.spec().name(),
                        e.getMessage());
            }
        }
    }

    private void prepareRecord() {
        // A session stays with what it was offered, also where the device that is open now would offer more.
        DeviceOffer offered = session == null ? offer : session.offer();
        keep.prepare(new DeviceRecord(
                wiring.spec().name(),
                wiring.spec().factory().type(),
                wiring.spec().endpoint().toString(),
                new DeviceRecord.Offered(offered.features(), offered.protocolFeatures(), offered.queueCount()),
                quietSinceNanos,
                nameOf(listener),
                keep.memories(),
                keep.state(wiring.spec().factory().type()),
                connection()));
    }

    private @Nullable String nameOf(@Nullable Socket kept) {
        if (kept != null && kept.name == null && kept.fd.isOpen()) {
            kept.name = keep.keep(kept.what, kept.fd);
        }
        return kept == null ? null : kept.name;
    }

    private DeviceRecord.@Nullable Connection connection() {
        String connected = nameOf(socket);
        Session agreed = session;
        if (connected == null || agreed == null) {
            return null;
        }
        DeviceRecord.Agreed snapshot = snapshot(agreed.record());
        Bytes frame = hand;
        return new DeviceRecord.Connection(
                connected,
                nameOf(backChannel),
                snapshot,
                config,
                frame == null ? null : new DeviceRecord.Hand(frame, handNames));
    }

    private DeviceRecord.Agreed snapshot(SessionRecord agreed) {
        Map<Fd, String> names = new HashMap<>();
        try {
            DeviceRecord.Agreed snapshot = SessionSnapshot.of(agreed, (what, fd) -> {
                String known = sessionNames.remove(fd);
                String name = known != null ? known : names.containsKey(fd) ? names.get(fd) : keep.keep(what, fd);
                names.put(fd, name);
                return name;
            });
            obsolete.addAll(sessionNames.values());
            sessionNames = names;
            return snapshot;
        } catch (RuntimeException e) {
            // What is kept already is still to be let go of one day, and must not be kept twice.
            sessionNames.putAll(names);
            throw e;
        }
    }

    /** Makes what was prepared count, and lets go of what it names no more. */
    private void publish() {
        keep.publish();
        releaseObsolete();
    }

    private void releaseObsolete() {
        obsolete.forEach(keep::release);
        obsolete.clear();
    }
}
