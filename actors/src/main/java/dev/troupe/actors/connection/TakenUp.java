package dev.troupe.actors.connection;

import dev.troupe.actors.session.DeviceOffer;
import dev.troupe.actors.session.Session;
import dev.troupe.actors.session.SessionSnapshot;
import dev.troupe.actors.vault.DeviceKeep;
import dev.troupe.actors.vault.DeviceRecord;
import dev.troupe.actors.vault.RecordException;
import dev.troupe.transport.protocol.Frame;
import dev.troupe.transport.protocol.Header;
import dev.troupe.transport.protocol.PassedFds;
import dev.troupe.transport.socket.VhostSocket;
import dev.troupe.transport.socket.VhostSocketException;
import dev.troupe.transport.sys.Fd;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A front end that an earlier process has left: its socket, its session, and the message that was in hand. What is in here
 * belongs to whoever takes it; {@link #close} gives up the names that were claimed for it, once they are kept anew.
 */
final class TakenUp implements AutoCloseable {

    private final DeviceKeep keep;
    private final List<String> claimed = new ArrayList<>();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final VhostSocket socket;
    private final Session session;
    private final @Nullable Fd backChannel;
    private final @Nullable Frame hand;

    /**
     * Takes up what the record tells of.
     *
     * @throws RecordException if something is missing or of no use any more; the connection is closed then
     */
    TakenUp(DeviceKeep keep, DeviceRecord.Connection record, DeviceOffer offer) {
        this.keep = keep;
        try {
            this.socket = socket(record.socket());
            this.session = SessionSnapshot.restore(record.session(), offer, this::claim);
            opened.add(session);
            this.backChannel = record.backChannel() == null ? null : own(record.backChannel());
            this.hand = record.hand() == null ? null : frame(record.hand());
        } catch (RuntimeException e) {
            opened.forEach(TakenUp::closeOpened);
            close();
            throw e instanceof VhostSocketException ? new RecordException(String.valueOf(e.getMessage())) : e;
        }
    }

    private VhostSocket socket(String name) {
        VhostSocket adopted = VhostSocket.adopt(need(name));
        opened.add(adopted);
        return adopted;
    }

    private Optional<Fd> claim(String name) {
        Optional<Fd> found = keep.claim(name);
        found.ifPresent(_ -> claimed.add(name));
        return found;
    }

    private Fd need(String name) {
        return claim(name).orElseThrow(() -> new RecordException("'" + name + "' was not kept"));
    }

    private Fd own(String name) {
        Fd fd = need(name);
        opened.add(fd);
        return fd;
    }

    private Frame frame(DeviceRecord.Hand record) {
        ByteBuffer bytes = ByteBuffer.wrap(record.frame().toArray());
        if (bytes.remaining() < Header.SIZE) {
            throw new RecordException("the message in hand has " + bytes.remaining() + " bytes");
        }
        Header header = Header.read(bytes);
        if (header.sizeBytes() != bytes.remaining()) {
            throw new RecordException("the message in hand does not fit its header");
        }
        List<Fd> fds = record.fds().stream().map(this::own).toList();
        return new Frame(header, bytes.slice(), PassedFds.of(fds));
    }

    private static void closeOpened(AutoCloseable thing) {
        try {
            thing.close();
        } catch (Exception e) {
            throw new IllegalStateException("closing what an earlier process left failed", e);
        }
    }

    VhostSocket socket() {
        return socket;
    }

    Session session() {
        return session;
    }

    @Nullable
    Fd backChannel() {
        return backChannel;
    }

    /** The message that was read by the earlier process and may not have been answered. */
    @Nullable
    Frame hand() {
        return hand;
    }

    @Override
    public void close() {
        claimed.forEach(keep::release);
        claimed.clear();
    }
}
