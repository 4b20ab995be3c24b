package dev.troupe.runtime.cli;

import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.daemon.DaemonStatus;
import dev.troupe.actors.daemon.DeviceState;
import dev.troupe.actors.daemon.DeviceStatus;
import dev.troupe.runtime.service.ServiceManager;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.actor.typed.javadsl.AskPattern;

/**
 * Tells the service manager that the daemon serves, and from time to time that it is alive: it is if its guardian answers, on
 * the loop that all control messages go through. A daemon that is stuck there stays silent.
 */
final class Heartbeat implements AutoCloseable {

    private static final Duration WITHOUT_WATCHDOG = Duration.ofSeconds(15);
    private static final Duration LONGEST = Duration.ofSeconds(15);
    /** Within the time that the manager waits there are three signs of life. */
    private static final int SIGNS = 3;

    private final DaemonLauncher.Running running;
    private final ServiceManager manager;
    private final Duration interval;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("heartbeat").factory());

    private Heartbeat(DaemonLauncher.Running running, ServiceManager manager) {
        this.running = running;
        this.manager = manager;
        Duration wanted =
                manager.watchdog().map(limit -> limit.dividedBy(SIGNS)).orElse(WITHOUT_WATCHDOG);
        this.interval = wanted.compareTo(LONGEST) < 0 ? wanted : LONGEST;
    }

    /** Tells that all devices listen, and goes on until it is closed. Without a service manager it does nothing. */
    static Heartbeat start(DaemonLauncher.Running running, ServiceManager manager) {
        Heartbeat heartbeat = new Heartbeat(running, manager);
        if (manager.isThere()) {
            manager.ready(heartbeat.ask().map(Heartbeat::line).orElse("started"));
            long nanos = heartbeat.interval.toNanos();
            // Ends with the clock; a beat says itself what fails.
            Future<?> _ = heartbeat.clock.scheduleWithFixedDelay(heartbeat::beat, nanos, nanos, TimeUnit.NANOSECONDS);
        }
        return heartbeat;
    }

    private void beat() {
        ask().ifPresent(status -> manager.alive(line(status)));
    }

    private Optional<DaemonStatus> ask() {
        try {
            return Optional.of(AskPattern.<DaemonCommand, DaemonStatus>ask(
                            running.daemon(), DaemonCommand.GetStatus::new, LONGEST, running.scheduler())
                    .toCompletableFuture()
                    .get(LONGEST.toMillis(), TimeUnit.MILLISECONDS));
        } catch (ExecutionException | TimeoutException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /** For example {@code 3 devices, 2 connected, 1 quarantined}. */
    static String line(DaemonStatus status) {
        long connected = status.devices().stream()
                .map(DeviceStatus::connection)
                .flatMap(Optional::stream)
                .count();
        long quarantined = status.devices().stream()
                .filter(device -> device.state() == DeviceState.QUARANTINED)
                .count();
        int devices = status.devices().size();
        return devices + (devices == 1 ? " device, " : " devices, ") + connected + " connected"
                + (quarantined == 0 ? "" : ", " + quarantined + " quarantined");
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
