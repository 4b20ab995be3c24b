package dev.troupe.actors.connection;

import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.DeviceState;
import dev.troupe.actors.daemon.DeviceStatus;
import dev.troupe.actors.daemon.RestartNote;
import dev.troupe.actors.queue.QueueMonitor;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** The figures of one device over all its sessions and restarts. Any thread may call it. */
public final class DeviceMonitor {

    /** How many restarts are remembered one by one. */
    private static final int NOTES = 8;

    private final List<QueueMonitor> queues = new CopyOnWriteArrayList<>();
    private final AtomicLong violations = new AtomicLong();
    private final AtomicInteger restarts = new AtomicInteger();
    private volatile DeviceState state = DeviceState.STOPPED;
    private volatile Instant since = Instant.now();
    private volatile Optional<String> stateReason = Optional.empty();
    private volatile List<RestartNote> lastRestarts = List.of();
    private volatile Optional<String> connection = Optional.empty();
    private volatile Optional<String> lastProblem = Optional.empty();

    /** The monitor of one queue, made when it is first asked for. Called by the device's connection only. */
    public QueueMonitor queue(int index) {
        while (queues.size() <= index) {
            queues.add(new QueueMonitor(queues.size()));
        }
        return queues.get(index);
    }

    /** A front end connected. */
    public void connected(String peer) {
        connection = Optional.of(peer);
    }

    /** It is gone. */
    public void disconnected() {
        connection = Optional.empty();
    }

    /** A front end or a guest broke a rule. */
    public void violation(String what) {
        violations.incrementAndGet();
        lastProblem = Optional.of(what);
    }

    /** Something of ours or of the host went wrong. */
    public void problem(String what) {
        lastProblem = Optional.of(what);
    }

    /** What the device does from now on. */
    public void state(DeviceState now) {
        state(now, Optional.empty());
    }

    /** What the device does from now on, and what there is to say of that. */
    public void state(DeviceState now, String reason) {
        state(now, Optional.of(reason));
    }

    private void state(DeviceState now, Optional<String> reason) {
        stateReason = reason;
        if (now != state) {
            state = now;
            since = Instant.now();
        }
    }

    /** The device was restarted. */
    public void countRestart() {
        restarts.incrementAndGet();
    }

    /** The device runs again after a restart. Called by the device's supervisor only. */
    public void restarted(RestartNote note) {
        List<RestartNote> notes = new ArrayList<>(lastRestarts);
        notes.add(note);
        lastRestarts = List.copyOf(notes.subList(Math.max(0, notes.size() - NOTES), notes.size()));
    }

    /** What the device is doing. */
    public DeviceState state() {
        return state;
    }

    /** The front end that is connected, as shown to an operator. */
    public Optional<String> connection() {
        return connection;
    }

    /** All of it, as an operator sees it. */
    public DeviceStatus status(DeviceSpec spec) {
        return new DeviceStatus(
                spec.name(),
                spec.factory().type(),
                state,
                since,
                stateReason,
                spec.endpoint().toString(),
                connection,
                queues.stream().map(QueueMonitor::status).toList(),
                restarts.get(),
                violations.get(),
                lastProblem,
                lastRestarts);
    }
}
