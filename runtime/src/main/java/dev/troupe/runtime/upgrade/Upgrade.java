package dev.troupe.runtime.upgrade;

import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.daemon.DaemonStatus;
import dev.troupe.actors.daemon.DeviceState;
import dev.troupe.actors.daemon.DeviceStatus;
import dev.troupe.actors.daemon.HandOverAnswer;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.vault.Inheritance;
import dev.troupe.runtime.control.ControlReply;
import dev.troupe.runtime.control.Lineage;
import dev.troupe.runtime.service.ServiceEnvironment;
import dev.troupe.runtime.service.ServiceManager;
import dev.troupe.runtime.upgrade.Packet.Word;
import dev.troupe.transport.sys.ChildProcess;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.SocketFd;
import dev.troupe.transport.sys.SysException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Scheduler;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The predecessor's side of an upgrade. Until the successor has said that every device runs, whatever goes wrong ends with the
 * successor dead and this process going on. Any thread, which is blocked meanwhile; a second upgrade at a time is refused.
 */
public final class Upgrade {

    private static final Logger LOG = LoggerFactory.getLogger(Upgrade.class);
    /** How long a successor may take to start and warm up; nobody waits for it. */
    private static final Duration START = Duration.ofMinutes(2);
    /** How long guests wait at most before this process goes on. */
    private static final Duration QUIET = Duration.ofSeconds(20);

    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final Duration END = Duration.ofSeconds(30);

    private static final String UNMANAGED = "The process that was started ends now, as no service manager knows of the"
            + " new one, which goes on in the background; 'troupe run --supervised' stays.";

    private final ActorRef<DaemonCommand> daemon;
    private final Scheduler scheduler;
    private final ServiceManager manager;
    private final Invocation invocation;

    /**
     * Creates one.
     *
     * @param daemon the guardian
     * @param scheduler its actor system's scheduler
     * @param manager the service manager, whose store the successor takes over
     * @param invocation how this program was started
     */
    public Upgrade(ActorRef<DaemonCommand> daemon, Scheduler scheduler, ServiceManager manager, Invocation invocation) {
        this.daemon = daemon;
        this.scheduler = scheduler;
        this.manager = manager;
        this.invocation = invocation;
    }

    /**
     * Puts a successor in this process's place. If that comes about, this process has nothing more to do than to
     * {@link #leave}. One at a time: the reloader, in whose turns it runs, sees to that.
     *
     * @param program another launcher; empty for the one that was used
     * @param controlLock says who owns the control socket
     * @param lineage what the daemon has been so far
     * @return a sentence about what was done, or why nothing was
     */
    public ControlReply to(Optional<String> program, Fd controlLock, Lineage lineage) {
        if (!manager.isThere() && ProcessHandle.current().pid() == 1) {
            return new ControlReply.Failed("This daemon is process 1, and a successor would end together with it."
                    + " Start it by 'troupe run --supervised', which stays there.");
        }
        ChildProcess successor = null;
        try {
            List<Fd> ends = SocketFd.messagePair();
            try (HandOverWire wire = new HandOverWire(ends.getFirst())) {
                try (Fd other = ends.getLast()) {
                    successor = start(program, other);
                }
                return new ControlReply.Done(handOver(wire, controlLock, lineage));
            }
        } catch (HandOverException | IOException | SysException e) {
            String end = successor == null ? "" : kill(successor);
            LOG.warn("The upgrade did not come about: {}{} This process goes on.", e.getMessage(), end);
            return new ControlReply.Failed(
                    "The upgrade did not come about: " + e.getMessage() + end + " The daemon goes on as it was.");
        } finally {
            if (successor != null) {
                successor.close();
            }
        }
    }

    /**
     * Ends the daemon in this process without touching what the successor has.
     *
     * @return whether it left within the time that a service manager gives
     */
    public boolean leave() {
        try {
            return ask(DaemonCommand.Leave::new, END) instanceof Outcome.Done;
        } catch (HandOverException e) {
            LOG.error("The daemon did not leave in order: {}", e.getMessage());
            return false;
        }
    }

    private ChildProcess start(Optional<String> program, Fd wire) throws IOException {
        List<String> command = invocation.again(program);
        LOG.info("Starting a successor: {}", String.join(" ", command));
        Map<String, String> environment = ServiceEnvironment.withoutOwn(System.getenv());
        environment.put(Succession.VARIABLE, Integer.toString(ChildProcess.FIRST_PASSED));
        return ChildProcess.start(command, environment, List.of(wire));
    }

    private String handOver(HandOverWire wire, Fd controlLock, Lineage lineage) throws HandOverException {
        DaemonStatus status = ask(DaemonCommand.GetStatus::new, ANSWER);
        Hello own = Hello.own(new TreeSet<>(names(status, false)));
        Hello other = Hello.of(wire.expect(Word.HELLO, START));
        wire.send(own.packet());
        own.checkFits(other);
        checkDevices(own.devices(), other.devices());
        wire.expect(Word.READY, START);
        DaemonStatus now = ask(DaemonCommand.GetStatus::new, ANSWER);
        if (!own.devices().equals(new TreeSet<>(names(now, false)))) {
            throw new HandOverException("A device was added or removed meanwhile; try again.");
        }
        long quietFromNanos = System.nanoTime();
        try {
            takeOver(wire, controlLock, names(now, true), lineage);
        } catch (HandOverException | RuntimeException e) {
            throw resumed(other, e);
        }
        long quietMs = (System.nanoTime() - quietFromNanos) / 1_000_000;
        manager.handTo(other.pid());
        String sentence = "from version " + own.program() + " (process " + own.pid() + ") to version " + other.program()
                + " (process " + other.pid() + "); guests waited " + quietMs + " ms";
        passOn(wire, sentence);
        LOG.info("Upgraded {}.", sentence);
        return "Upgraded " + sentence + "." + (manager.isThere() ? "" : " " + UNMANAGED);
    }

    private void takeOver(HandOverWire wire, Fd controlLock, List<String> running, Lineage lineage)
            throws HandOverException {
        switch (ask(DaemonCommand.HandOver::new, ANSWER)) {
            case HandOverAnswer.Refused refused -> throw new HandOverException(refused.reason());
            case HandOverAnswer.Ready ready -> {
                try (Inheritance all = ready.inheritance()) {
                    sendAll(wire, all, controlLock, running, lineage);
                }
                wire.expect(Word.RUNNING, QUIET);
            }
        }
    }

    /** From here on there is no way back. */
    private static void passOn(HandOverWire wire, String sentence) {
        try {
            wire.send(new Packet(Word.GO, List.of(sentence)));
            wire.expect(Word.DONE, ANSWER);
        } catch (HandOverException e) {
            LOG.error("The successor runs the devices, but does not say that it is the daemon: {}", e.getMessage());
        }
    }

    /** What was quiet goes on; but the successor must be dead first, as two must never serve one queue. */
    private HandOverException resumed(Hello other, Exception cause) {
        try (ChildProcess process = ChildProcess.of((int) other.pid())) {
            kill(process);
        } catch (SysException e) {
            LOG.debug("Process {} is gone already.", other.pid());
        }
        String more = "";
        try {
            if (ask(DaemonCommand.Resume::new, END) instanceof Outcome.Refused refused) {
                more = " " + refused.reason();
            }
        } catch (HandOverException e) {
            more = " The devices did not go on: " + e.getMessage();
        }
        return new HandOverException(cause.getMessage() + more);
    }

    /** Ends a process and waits for that. Returns a sentence about how it had ended before, if it had. */
    private static String kill(ChildProcess process) {
        boolean wasGone = SocketFd.awaitReadable(process.end(), 500);
        process.signal(ChildProcess.SIGKILL);
        SocketFd.awaitReadable(process.end(), (int) END.toMillis());
        OptionalInt status = process.takeStatus();
        return wasGone && status.isPresent() ? " (It ended with status " + status.getAsInt() + ".)" : "";
    }

    private static void checkDevices(Set<String> own, Set<String> others) throws HandOverException {
        Set<String> missing = new TreeSet<>(own);
        missing.removeAll(others);
        if (!missing.isEmpty()) {
            throw new HandOverException("The configuration file does not have " + String.join(", ", missing)
                    + ", which the daemon has. Make both the same first, by reloading or saving.");
        }
    }

    private static List<String> names(DaemonStatus status, boolean running) {
        return status.devices().stream()
                .filter(device -> !running || device.state() == DeviceState.RUNNING)
                .map(DeviceStatus::name)
                .toList();
    }

    private void sendAll(HandOverWire wire, Inheritance all, Fd controlLock, List<String> running, Lineage lineage)
            throws HandOverException {
        List<String> lines = new ArrayList<>(List.of(Succession.LOCK));
        List<Fd> fds = new ArrayList<>(List.of(controlLock));
        manager.activated().forEach((name, fd) -> {
            lines.add(Succession.ACTIVATED + name);
            fds.add(fd);
        });
        List<Fd> taken = new ArrayList<>();
        try {
            for (String name : all.names()) {
                all.take(name).ifPresent(taken::add);
                lines.add(Succession.KEPT + name);
            }
            fds.addAll(taken);
            for (int i = 0; i < fds.size(); i += HandOverWire.MOST_FDS) {
                int end = Math.min(fds.size(), i + HandOverWire.MOST_FDS);
                wire.send(new Packet(Word.FDS, lines.subList(i, end), fds.subList(i, end)));
            }
        } finally {
            taken.forEach(Fd::close);
        }
        List<String> stored = manager.storedNames();
        for (int i = 0; i < stored.size(); i += HandOverWire.MOST_FDS) {
            wire.send(new Packet(Word.STORED, stored.subList(i, Math.min(stored.size(), i + HandOverWire.MOST_FDS))));
        }
        List<String> last = new ArrayList<>(LineageRecord.encode(lineage));
        last.addAll(running);
        wire.send(new Packet(Word.ALL, last));
    }

    private <T> T ask(Function<ActorRef<T>, DaemonCommand> command, Duration timeout) throws HandOverException {
        try {
            return AskPattern.ask(daemon, command::apply, timeout, scheduler)
                    .toCompletableFuture()
                    .get(timeout.toMillis() + 1000, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new HandOverException("The daemon did not answer within " + timeout.toSeconds() + " s.");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HandOverException("The upgrade was interrupted.");
        }
    }
}
