package dev.troupe.runtime.parent;

import dev.troupe.runtime.service.NotifyMessage;
import dev.troupe.runtime.service.ServiceEnvironment;
import dev.troupe.runtime.service.Signals;
import dev.troupe.transport.sys.ChildProcess;
import dev.troupe.transport.sys.Epoll;
import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.SysException;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Keeps a daemon running: starts it, holds its descriptors, starts it again after a crash. One thread, which sleeps until the
 * daemon says something or ends, a signal comes, or it is time for something.
 */
public final class Parent {

    /** The option that asks for a parent; the daemon itself is started without it. */
    public static final String OPTION = "--supervised";

    private static final long FOR_EVER = Long.MAX_VALUE;
    /** A daemon that gives no sign of life for so long is hung. It gives one three times as often. */
    private static final long WATCHDOG_NANOS = 60_000_000_000L;

    private static final int[] PASSED_ON = {1, 2, ChildProcess.SIGTERM};
    private static final String[] PASSED_ON_NAMES = {"HUP", "INT", "TERM"};
    /** Sets LISTEN_PID, which only the new process itself can know. */
    private static final String START = "LISTEN_PID=$$; export LISTEN_PID; exec \"$0\" \"$@\"";

    private final List<String> command;
    private final Map<String, String> environment;
    private final RestartBudget budget;
    private final PrintStream log;
    private final FdStore store = new FdStore();
    private final Queue<Integer> signals = new ConcurrentLinkedQueue<>();
    private final List<ChildProcess> former = new ArrayList<>();
    private final Fd wake = EventFd.create();

    private Optional<ChildProcess> main = Optional.empty();
    private boolean wasReady;
    private boolean ending;
    private int lastStatus;
    private long silentUntilNanos = FOR_EVER;
    private long startAtNanos = FOR_EVER;

    Parent(List<String> command, Map<String, String> environment, RestartBudget budget, PrintStream log) {
        this.command = List.copyOf(command);
        this.environment = environment;
        this.budget = budget;
        this.log = log;
    }

    /**
     * The program of a parent that has a Java of its own.
     *
     * @param arguments the path of the launcher, and the command line that it was given
     */
    public static void main(String[] arguments) {
        List<String> command = new ArrayList<>(List.of(arguments));
        command.remove(OPTION);
        System.exit(run(command));
    }

    /**
     * Runs a daemon until it ends in order, or is given up.
     *
     * @param command its program and arguments
     * @return what this process is to end with: the daemon's exit status
     */
    public static int run(List<String> command) {
        Parent parent = new Parent(command, System.getenv(), RestartBudget.usual(), System.err);
        for (int i = 0; i < PASSED_ON.length; i++) {
            int signal = PASSED_ON[i];
            Signals.on(PASSED_ON_NAMES[i], () -> parent.signal(signal));
        }
        try {
            return parent.run();
        } catch (IOException | SysException e) {
            System.err.println("troupe: The daemon cannot be supervised: " + e.getMessage());
            return 1;
        }
    }

    /** Passes a signal on to the daemon. Any thread. */
    void signal(int signal) {
        signals.add(signal);
        EventFd.signal(wake);
    }

    int run() throws IOException {
        ChildProcess.adoptOrphans();
        try (NotifyInbox inbox = NotifyInbox.create(environment);
                Epoll epoll = Epoll.create(8)) {
            epoll.add(inbox.readiness(), Epoll.EPOLLIN, 0);
            epoll.add(wake, Epoll.EPOLLIN, 0);
            try {
                start(inbox, epoll);
                return serve(inbox, epoll);
            } finally {
                epoll.remove(inbox.readiness());
                epoll.remove(wake);
                former.forEach(process -> forget(process, epoll));
                main.ifPresent(process -> forget(process, epoll));
                store.close();
                wake.close();
            }
        }
    }

    private int serve(NotifyInbox inbox, Epoll epoll) {
        while (true) {
            epoll.await(untilNextNanos());
            EventFd.drain(wake);
            // What it said before its end counts, so its end is looked at first and acted on last.
            boolean ended = main.isPresent() && main.get().hasEnded();
            Optional<ChildProcess> before = main;
            hear(inbox, epoll);
            forgetFormer(epoll);
            passSignals();
            if (ended && main.equals(before) && !goOnAfter(before.orElseThrow(), epoll)) {
                return lastStatus;
            }
            if (main.isEmpty() && ending) {
                return lastStatus;
            }
            lookAtTime(inbox, epoll);
        }
    }

    private long untilNextNanos() {
        long next = Math.min(silentUntilNanos, startAtNanos);
        return next == FOR_EVER ? -1 : Math.max(0, next - System.nanoTime());
    }

    private void start(NotifyInbox inbox, Epoll epoll) {
        Map<String, String> variables = ServiceEnvironment.withoutOwn(environment);
        variables.put(ServiceEnvironment.NOTIFY_SOCKET, inbox.address());
        variables.put(ServiceEnvironment.WATCHDOG_USEC, Long.toString(WATCHDOG_NANOS / 1000));
        variables.put(ServiceEnvironment.FDSTORE, Integer.toString(FdStore.MOST));
        List<Fd> fds = store.all();
        variables.put(ServiceEnvironment.LISTEN_FDS, Integer.toString(fds.size()));
        variables.put(ServiceEnvironment.LISTEN_FDNAMES, store.names());
        List<String> line = new ArrayList<>(List.of("/bin/sh", "-c", START));
        line.addAll(command);
        startAtNanos = FOR_EVER;
        silentUntilNanos = FOR_EVER;
        watch(ChildProcess.start(line, variables, fds), epoll);
    }

    private void watch(ChildProcess process, Epoll epoll) {
        epoll.add(process.end(), Epoll.EPOLLIN, 0);
        main = Optional.of(process);
    }

    private static void forget(ChildProcess process, Epoll epoll) {
        epoll.remove(process.end());
        process.close();
    }

    private void hear(NotifyInbox inbox, Epoll epoll) {
        List<Fd> fds = new ArrayList<>();
        NotifyMessage message = inbox.next(fds);
        while (message != null) {
            obey(message, fds, epoll);
            fds.forEach(Fd::close);
            fds.clear();
            message = inbox.next(fds);
        }
    }

    private void obey(NotifyMessage message, List<Fd> fds, Epoll epoll) {
        String name = message.value(NotifyMessage.NAME).orElse("stored");
        if (message.says(NotifyMessage.STORE_REMOVE)) {
            store.remove(name);
        } else if (message.says(NotifyMessage.STORE)) {
            store.put(name, fds);
            fds.clear();
        }
        if (message.says("READY")) {
            wasReady = true;
        }
        if (message.says("READY") || message.says("WATCHDOG")) {
            silentUntilNanos = System.nanoTime() + WATCHDOG_NANOS;
        }
        message.value(NotifyMessage.MAIN_PID).ifPresent(pid -> changeMain(pid, epoll));
    }

    private void changeMain(String pid, Epoll epoll) {
        try {
            ChildProcess next = ChildProcess.of(Integer.parseInt(pid));
            main.ifPresent(former::add);
            watch(next, epoll);
            log.println("troupe: The daemon is " + next + " from now on.");
        } catch (NumberFormatException | SysException e) {
            log.println("troupe: The daemon named a successor that is not there: " + pid);
        }
    }

    private void forgetFormer(Epoll epoll) {
        for (ChildProcess process : List.copyOf(former)) {
            if (process.hasEnded()) {
                process.takeStatus();
                forget(process, epoll);
                former.remove(process);
            }
        }
    }

    private void passSignals() {
        for (Integer signal = signals.poll(); signal != null; signal = signals.poll()) {
            // Hanging up has another meaning for a daemon: it loads its configuration again.
            ending |= signal != PASSED_ON[0];
            if (main.isPresent()) {
                main.get().signal(signal);
            }
        }
    }

    /** Whether there is to be another daemon after one that has ended. */
    private boolean goOnAfter(ChildProcess process, Epoll epoll) {
        OptionalInt status = process.takeStatus();
        forget(process, epoll);
        main = Optional.empty();
        silentUntilNanos = FOR_EVER;
        lastStatus = status.orElse(1);
        boolean byItself = status.isPresent() && lastStatus < 128;
        if (ending || (status.isPresent() && lastStatus == 0) || (byItself && !wasReady)) {
            return false;
        }
        OptionalLong wait = budget.crashed(System.nanoTime());
        if (wait.isEmpty()) {
            log.println("troupe: The daemon " + cause() + "; it has crashed " + budget
                    + " and is given up. Its log above says why. Start it again when that is put right.");
            lastStatus = lastStatus == 0 ? 1 : lastStatus;
            return false;
        }
        log.println("troupe: The daemon " + cause() + "; it is started again"
                + (wait.getAsLong() == 0 ? "." : " in " + wait.getAsLong() / 1_000_000 + " ms."));
        startAtNanos = System.nanoTime() + wait.getAsLong();
        return true;
    }

    private String cause() {
        return lastStatus > 128 ? "was ended by signal " + (lastStatus - 128) : "ended with status " + lastStatus;
    }

    private void lookAtTime(NotifyInbox inbox, Epoll epoll) {
        long now = System.nanoTime();
        if (startAtNanos != FOR_EVER && now >= startAtNanos) {
            start(inbox, epoll);
        }
        if (silentUntilNanos != FOR_EVER && now >= silentUntilNanos && main.isPresent()) {
            log.println("troupe: The daemon has given no sign of life for " + WATCHDOG_NANOS / 1_000_000_000L
                    + " s; it is killed.");
            silentUntilNanos = FOR_EVER;
            main.get().signal(ChildProcess.SIGKILL);
        }
    }
}
