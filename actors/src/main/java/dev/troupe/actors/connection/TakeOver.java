package dev.troupe.actors.connection;

import dev.troupe.actors.daemon.Endpoint;
import dev.troupe.actors.daemon.Sentence;
import dev.troupe.actors.session.DeviceOffer;
import dev.troupe.actors.session.Session;
import dev.troupe.actors.vault.DeviceRecord;
import dev.troupe.actors.vault.RecordException;
import dev.troupe.transport.protocol.Frame;
import dev.troupe.transport.socket.VhostSocket;
import dev.troupe.transport.socket.VhostSocketException;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.SysException;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts a transport into the place of one in an earlier process, as far as there was one. Control loop only. */
final class TakeOver {

    private static final Logger LOG = LoggerFactory.getLogger(TakeOver.class);

    private final Wiring wiring;
    private final FrontDoor door;
    private final Ledger ledger;
    private final Optional<DeviceRecord> before;
    private final @Nullable String listener;
    private @Nullable TakenUp taken;

    TakeOver(Wiring wiring, FrontDoor door, Ledger ledger) {
        this.wiring = wiring;
        this.door = door;
        this.ledger = ledger;
        this.before = wiring.keep().inherited();
        this.listener = before.filter(record ->
                        record.endpoint().equals(wiring.spec().endpoint().toString()))
                .map(DeviceRecord::listener)
                .orElse(null);
        wiring.keep().settled();
    }

    /**
     * Opens the door as the earlier process had it. Where that cannot be, a front end that is there already is served all
     * the same.
     *
     * @return a connection, if the endpoint is one
     */
    @Nullable
    VhostSocket openDoor() {
        try {
            return open();
        } catch (VhostSocketException | SysException e) {
            if (before.map(DeviceRecord::connection).isEmpty()) {
                done();
                throw e;
            }
            LOG.error(
                    "{}: {}",
                    wiring.spec().name(),
                    Sentence.followedBy(
                            String.valueOf(e.getMessage()),
                            "the front end that is connected is served until it leaves"));
            door.failed(e);
            return null;
        }
    }

    private @Nullable VhostSocket open() {
        boolean numberIsOld = before.isPresent() && wiring.spec().endpoint() instanceof Endpoint.Inherited;
        Fd kept = listener == null ? null : wiring.keep().claim(listener).orElse(null);
        VhostSocket given = kept == null && numberIsOld ? null : door.open(kept);
        Fd listening = door.socket();
        if (listening != null) {
            ledger.listening(listening);
        }
        return given;
    }

    /**
     * Goes on with the front end that the earlier process left, if there was one and it can be.
     *
     * @param serve makes a link of its socket and its session
     */
    void takeUp(DeviceOffer offer, BiFunction<VhostSocket, Session, FrontEndLink> serve) {
        before.map(DeviceRecord::connection).ifPresent(left -> takeUp(left, offer, serve));
    }

    private void takeUp(
            DeviceRecord.Connection left, DeviceOffer offer, BiFunction<VhostSocket, Session, FrontEndLink> serve) {
        try {
            TakenUp found = new TakenUp(wiring.keep(), left, offer);
            taken = found;
            Frame hand = found.hand();
            if (hand != null) {
                ledger.takeInHand(hand);
            }
            ledger.config(left.config().toArray());
            FrontEndLink link = serve.apply(found.socket(), found.session());
            Fd back = found.backChannel();
            if (back != null) {
                link.openBackChannel(back);
            }
            if (hand != null) {
                link.hold(hand);
            }
        } catch (RecordException e) {
            wiring.monitor().disconnected();
            LOG.error(
                    "{}: the front end cannot be taken up from an earlier process: {}; it has to connect anew",
                    wiring.spec().name(),
                    e.getMessage());
        }
    }

    /** What was taken up has been written down anew: the old record does not count any more. */
    void done() {
        if (listener != null) {
            wiring.keep().release(listener);
        }
        if (taken != null) {
            taken.close();
        }
    }
}
