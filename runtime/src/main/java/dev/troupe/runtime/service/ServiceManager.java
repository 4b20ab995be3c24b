package dev.troupe.runtime.service;

import dev.troupe.actors.vault.Inheritance;
import dev.troupe.actors.vault.Vault;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.SysException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The service manager as this process sees it: what it handed over at the start, what it is told, and what it keeps. Without
 * one, nothing was handed over, nobody is told and nothing is kept. Any thread.
 */
public final class ServiceManager {

    private static final Logger LOG = LoggerFactory.getLogger(ServiceManager.class);

    private final @Nullable NotifySocket socket;
    private final @Nullable StoredFds store;
    private final Optional<Duration> watchdog;
    private final Map<String, Fd> kept = new LinkedHashMap<>();
    private final Map<String, Fd> activated = new LinkedHashMap<>();
    private boolean complained;

    private ServiceManager(Map<String, String> environment, boolean anyPid, long ownPid) {
        String address = environment.getOrDefault(ServiceEnvironment.NOTIFY_SOCKET, "");
        this.socket = address.isEmpty() ? null : new NotifySocket(address);
        long most = ListenFds.number(environment, ServiceEnvironment.FDSTORE);
        this.store = socket == null ? null : new StoredFds(socket, most > 0 ? (int) most : Integer.MAX_VALUE);
        long usec = ListenFds.number(environment, ServiceEnvironment.WATCHDOG_USEC);
        boolean meant = anyPid
                || !environment.containsKey(ServiceEnvironment.WATCHDOG_PID)
                || number(environment, ServiceEnvironment.WATCHDOG_PID) == ownPid;
        this.watchdog =
                socket != null && usec > 0 && meant ? Optional.of(Duration.ofNanos(usec * 1000)) : Optional.empty();
    }

    private static long number(Map<String, String> environment, String name) {
        return ListenFds.number(environment, name);
    }

    /**
     * Takes what the environment tells, descriptors included. To be called once in a process.
     *
     * @param environment ServiceEnvironment.NOTIFY_SOCKET, ServiceEnvironment.WATCHDOG_USEC, LISTEN_FDS and their like
     */
    public static ServiceManager of(Map<String, String> environment) {
        long ownPid = ProcessHandle.current().pid();
        ServiceManager manager = new ServiceManager(environment, false, ownPid);
        ListenFds.take(environment, ownPid).forEach(manager::take);
        return manager;
    }

    /**
     * The manager of a process that takes over from another one. What it would store or remove is held back until
     * {@link #become}.
     *
     * @param environment the earlier process's environment, as {@link ServiceEnvironment#withoutOwn} made it
     * @param stored what {@link #storedNames} of the earlier process's manager told
     */
    public static ServiceManager ofSuccessor(Map<String, String> environment, List<String> stored) {
        ServiceManager manager =
                new ServiceManager(environment, true, ProcessHandle.current().pid());
        if (manager.store != null) {
            stored.stream().filter(StoredFds::isStoredName).forEach(manager.store::learn);
            manager.store.hold();
        }
        return manager;
    }

    private void take(ListenFds.Named named) {
        if (!StoredFds.isStoredName(named.name())) {
            replace(activated, named.name(), named.fd());
            return;
        }
        try (Fd wrapper = named.fd()) {
            Optional<String> name = store == null ? Optional.empty() : store.learn(named.name());
            Optional<Fd> inside = name.isEmpty() ? Optional.empty() : FdWrapper.unwrap(wrapper);
            inside.ifPresent(fd -> replace(kept, name.orElseThrow(), fd));
        }
    }

    private static void replace(Map<String, Fd> into, String name, Fd fd) {
        Fd before = into.put(name, fd);
        if (before != null) {
            before.close();
        }
    }

    /** What an earlier process left in the manager's store. The caller owns it; asked again, it is empty. */
    public synchronized Inheritance inheritance() {
        Inheritance inheritance = Inheritance.of(kept);
        kept.clear();
        return inheritance;
    }

    /** The listening sockets that the manager made for devices (socket activation), by the device's name. They stay open. */
    public synchronized Map<String, Fd> activated() {
        return Map.copyOf(activated);
    }

    /** Adds sockets that an earlier process was started with. */
    public synchronized void addActivated(Map<String, Fd> sockets) {
        sockets.forEach((name, fd) -> replace(activated, name, fd));
    }

    /** Where descriptors are kept for the next process. */
    public Vault vault() {
        return store == null ? Vault.none() : store;
    }

    /** What lies in the store, by its names there. */
    public List<String> storedNames() {
        return store == null ? List.of() : store.fullNames();
    }

    /** Whether there is somebody to tell anything. */
    public boolean isThere() {
        return socket != null;
    }

    /** How long the manager waits for a sign of life, if it does. */
    public Optional<Duration> watchdog() {
        return watchdog;
    }

    /** Every device serves; also after a reload. */
    public void ready(String status) {
        tell("READY=1\nSTATUS=" + line(status));
    }

    /** What an operator may read in the manager's own words about this service. */
    public void status(String status) {
        tell("STATUS=" + line(status));
    }

    /** A sign of life, with what an operator may read. */
    public void alive(String status) {
        tell("WATCHDOG=1\nSTATUS=" + line(status));
    }

    /** The configuration is being loaded again; {@link #ready} tells of the end. */
    public void reloading() {
        // The clock of nanoTime on Linux is CLOCK_MONOTONIC, which is the one that is wanted.
        tell("RELOADING=1\nMONOTONIC_USEC=" + System.nanoTime() / 1000);
    }

    /** The daemon ends. */
    public void stopping() {
        tell("STOPPING=1");
    }

    /** Another process is the service from now on; it is not yet told to {@link #become} that. */
    public void handTo(long pid) {
        tell("MAINPID=" + pid);
    }

    /** This process is the service from now on: what was held back is stored and removed. */
    public void become() {
        if (store != null) {
            store.release();
        }
    }

    private static String line(String text) {
        return text.lines().findFirst().orElse("");
    }

    private void tell(String lines) {
        if (socket == null) {
            return;
        }
        try {
            socket.send(lines, List.of());
        } catch (SysException e) {
            complain(e);
        }
    }

    private synchronized void complain(SysException e) {
        if (!complained) {
            complained = true;
            LOG.warn("The service manager cannot be told anything: {}", e.getMessage());
        }
    }
}
