package dev.troupe.runtime.upgrade;

import dev.troupe.actors.vault.Inheritance;
import dev.troupe.runtime.control.Lineage;
import dev.troupe.runtime.upgrade.Packet.Word;
import dev.troupe.transport.sys.Fd;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The successor's side of an upgrade, in the order of its methods. One thread. */
public final class Succession implements AutoCloseable {

    /** Names the descriptor through which a process is made a successor. */
    static final String VARIABLE = "TROUPE_HANDOVER_FD";

    static final String KEPT = "kept ";
    static final String ACTIVATED = "activated ";
    static final String LOCK = "lock";

    private static final Duration ANSWER = Duration.ofSeconds(30);
    private static final int LINEAGE_LINES = 3;

    private final HandOverWire wire;

    private Succession(HandOverWire wire) {
        this.wire = wire;
    }

    /**
     * What a successor is given.
     *
     * @param inheritance everything of the devices; for the daemon to own
     * @param activated listening sockets that the service manager had made, by device
     * @param storedNames what lies in the service manager's store
     * @param mustRun the devices that ran
     * @param controlLock says who owns the control socket
     * @param lineage what the daemon has been so far
     */
    public record Estate(
            Inheritance inheritance,
            Map<String, Fd> activated,
            List<String> storedNames,
            Set<String> mustRun,
            Fd controlLock,
            Lineage lineage) {

        /** Copies the collections. */
        public Estate {
            activated = Map.copyOf(activated);
            storedNames = List.copyOf(storedNames);
            mustRun = Set.copyOf(mustRun);
        }
    }

    /**
     * The way to the predecessor, if this process was started as a successor. To be called once.
     *
     * @param environment this process's environment
     */
    public static Optional<Succession> from(Map<String, String> environment) {
        String number = environment.getOrDefault(VARIABLE, "");
        return number.matches("[0-9]{1,5}")
                ? Optional.of(new Succession(new HandOverWire(Fd.inherit(Integer.parseInt(number)))))
                : Optional.empty();
    }

    /** Finds out whether both programs fit together, and both know the same devices. */
    public void greet(Set<String> devices) throws HandOverException {
        Hello own = Hello.own(devices);
        wire.send(own.packet());
        own.checkFits(Hello.of(wire.expect(Word.HELLO, ANSWER)));
    }

    /** Says that this process is warm, and takes all that the predecessor has. From now on guests wait. */
    public Estate takeAll() throws HandOverException {
        wire.send(new Packet(Word.READY, List.of()));
        Map<String, Fd> kept = new HashMap<>();
        Map<String, Fd> activated = new HashMap<>();
        List<String> stored = new ArrayList<>();
        Fd lock = null;
        while (true) {
            Packet packet = wire.receive(ANSWER);
            switch (packet.word()) {
                case FDS -> lock = sort(packet, kept, activated, lock);
                case STORED -> stored.addAll(packet.lines());
                case ALL -> {
                    return estate(packet.lines(), kept, activated, stored, lock);
                }
                default -> throw new HandOverException("The predecessor said " + packet.word() + " unexpectedly.");
            }
        }
    }

    private static @Nullable Fd sort(Packet packet, Map<String, Fd> kept, Map<String, Fd> activated, @Nullable Fd lock)
            throws HandOverException {
        if (packet.lines().size() != packet.fds().size()) {
            packet.closeFds();
            throw new HandOverException("The predecessor sent " + packet.fds().size() + " descriptors and "
                    + packet.lines().size() + " names.");
        }
        Fd found = lock;
        for (int i = 0; i < packet.fds().size(); i++) {
            String line = packet.lines().get(i);
            Fd fd = packet.fds().get(i);
            if (line.startsWith(KEPT)) {
                kept.put(line.substring(KEPT.length()), fd);
            } else if (line.startsWith(ACTIVATED)) {
                activated.put(line.substring(ACTIVATED.length()), fd);
            } else if (line.equals(LOCK)) {
                found = fd;
            } else {
                fd.close();
            }
        }
        return found;
    }

    private static Estate estate(
            List<String> last, Map<String, Fd> kept, Map<String, Fd> activated, List<String> stored, @Nullable Fd lock)
            throws HandOverException {
        if (lock == null || last.size() < LINEAGE_LINES) {
            throw new HandOverException("The predecessor did not send everything.");
        }
        return new Estate(
                Inheritance.of(kept),
                activated,
                stored,
                new TreeSet<>(last.subList(LINEAGE_LINES, last.size())),
                lock,
                LineageRecord.decode(last.subList(0, LINEAGE_LINES)));
    }

    /**
     * Says that every device runs, and waits to be made the daemon.
     *
     * @return a sentence about the upgrade
     */
    public String running() throws HandOverException {
        wire.send(new Packet(Word.RUNNING, List.of()));
        return String.join(" ", wire.expect(Word.GO, ANSWER).lines());
    }

    /** Says that the control socket is served; the predecessor leaves. */
    public void done() throws HandOverException {
        wire.send(new Packet(Word.DONE, List.of()));
    }

    /** Says why this process cannot take over. */
    public void fail(String reason) {
        try {
            wire.send(new Packet(Word.FAILED, List.of(reason.lines().findFirst().orElse("?"))));
        } catch (HandOverException e) {
            // The predecessor is gone; there is nobody to tell.
        }
    }

    @Override
    public void close() {
        wire.close();
    }
}
