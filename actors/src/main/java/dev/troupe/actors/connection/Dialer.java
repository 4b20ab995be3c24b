package dev.troupe.actors.connection;

import dev.troupe.actors.daemon.Endpoint;
import dev.troupe.actors.daemon.Sentence;
import dev.troupe.actors.session.DeviceOffer;
import dev.troupe.actors.session.Session;
import dev.troupe.actors.session.SessionRecord;
import dev.troupe.transport.socket.UnixAddress;
import dev.troupe.transport.socket.VhostSocket;
import dev.troupe.transport.socket.VhostSocketException;
import dev.troupe.transport.sys.SysException;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way to a front end that listens: connects, waits longer each time that it is in vain, and remembers what was
 * negotiated, since such a front end may go on without a handshake. Control loop only.
 */
final class Dialer {

    private static final Logger LOG = LoggerFactory.getLogger(Dialer.class);
    private static final Duration FIRST_WAIT = Duration.ofMillis(20);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(2);

    private final Wiring wiring;
    private @Nullable SessionRecord agreed;
    private Duration wait = FIRST_WAIT;
    private boolean failureLogged;

    Dialer(Wiring wiring) {
        this.wiring = wiring;
    }

    /** Connects and begins; false, logged once until it succeeds, if that cannot be. */
    boolean dial(Consumer<VhostSocket> onConnected) {
        if (!(wiring.spec().endpoint() instanceof Endpoint.Connect connect)) {
            return false;
        }
        try {
            onConnected.accept(VhostSocket.connect(UnixAddress.of(connect.path())));
            failureLogged = false;
            return true;
        } catch (VhostSocketException | SysException e) {
            if (!failureLogged) {
                failureLogged = true;
                LOG.info(
                        "{}: {}",
                        wiring.spec().name(),
                        Sentence.followedBy(String.valueOf(e.getMessage()), "it is tried again"));
            }
            return false;
        }
    }

    /** The session of a front end that was just connected to. */
    Session begin(DeviceOffer offer) {
        SessionRecord before = agreed;
        return before == null ? new Session(offer) : Session.after(before, offer);
    }

    /** A front end is gone. One that had not set its features does not count: it may hang up on us again at once. */
    void ended(SessionRecord record) {
        if (record.featuresSet() && wiring.spec().endpoint() instanceof Endpoint.Connect) {
            agreed = record;
            wait = FIRST_WAIT;
        }
    }

    /** How long to wait before the next call; longer each time. */
    Duration nextWait() {
        Duration now = wait;
        Duration twice = wait.multipliedBy(2);
        wait = twice.compareTo(LONGEST_WAIT) < 0 ? twice : LONGEST_WAIT;
        return now;
    }
}
