package dev.troupe.runtime.cli;

import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.Endpoint;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.config.NodeConfig;
import dev.troupe.runtime.control.ControlRequest;
import dev.troupe.runtime.control.DaemonGate;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a daemon in this process until it is told to end. One use. */
final class Foreground {

    private static final Logger LOG = LoggerFactory.getLogger("troupe");
    /** As long as a drain may take by default, and then some; a service manager gives 90 s before it kills. */
    private static final Duration SHUTDOWN_PATIENCE = Duration.ofSeconds(60);

    private static final Duration ANSWER_PATIENCE = Duration.ofMinutes(5);

    private final DaemonLauncher launcher;
    private final NodeConfig config;
    private final AtomicBoolean ended = new AtomicBoolean();

    Foreground(DaemonLauncher launcher, NodeConfig config) {
        this.launcher = launcher;
        this.config = config;
    }

    /** Runs as a program for one device, as QEMU's conventions have it: it ends at once if the device cannot be had. */
    void runDevice() throws UserException {
        DaemonLauncher.Running running = launcher.launch(config);
        DaemonGate gate = gate(running);
        Thread hook = endOnSignal(running, gate, () -> {});
        for (DeviceSpec spec : config.devices()) {
            if (add(running, spec) instanceof Outcome.Refused refused) {
                shutDown(running, gate);
                ended.set(true);
                throw new UserException(ExitCode.FAILED, refused.reason());
            }
        }
        await(running, hook);
    }

    static DaemonGate gate(DaemonLauncher.Running running) {
        return new DaemonGate(running.daemon(), running.scheduler(), ANSWER_PATIENCE);
    }

    static Outcome add(DaemonLauncher.Running running, DeviceSpec spec) {
        return addLater(running, spec).join();
    }

    /** Begins to add a device; the outcome comes when it runs, or why it does not. */
    static CompletableFuture<Outcome> addLater(DaemonLauncher.Running running, DeviceSpec spec) {
        return AskPattern.<DaemonCommand, Outcome>ask(
                        running.daemon(),
                        replyTo -> new DaemonCommand.AddDevice(spec, replyTo),
                        ANSWER_PATIENCE,
                        running.scheduler())
                .exceptionally(cause -> new Outcome.Refused(spec.name() + ": the daemon did not answer."))
                .thenApply(outcome -> {
                    if (outcome instanceof Outcome.Done) {
                        LOG.info("{} ({}): {}", spec.name(), spec.factory().type(), place(spec.endpoint()));
                    }
                    return outcome;
                })
                .toCompletableFuture();
    }

    private static String place(Endpoint endpoint) {
        return switch (endpoint) {
            case Endpoint.Listen listen -> "listens at " + listen.path();
            case Endpoint.Connect connect -> "connects to " + connect.path();
            case Endpoint.Inherited inherited -> "uses descriptor " + inherited.number();
        };
    }

    void await(DaemonLauncher.Running running, Thread hook) {
        running.terminated().toCompletableFuture().join();
        if (hook.isAlive()) {
            // A signal ended the daemon; the hook ends the process.
            joinQuietly(hook);
        }
        ended.set(true);
    }

    /**
     * Makes SIGTERM and SIGINT end the daemon in order and the process with status 0, as service managers and QEMU want
     * it. A shutdown hook is the only way to hear of a signal that the platform supports; what follows it would be
     * status 143, so the hook itself ends the process.
     */
    Thread endOnSignal(DaemonLauncher.Running running, DaemonGate gate, Closeable server) {
        Thread hook = Thread.ofPlatform().name("shutdown").unstarted(() -> {
            if (!ended.get()) {
                boolean clean = shutDown(running, gate) && close(server);
                Runtime.getRuntime().halt(clean ? ExitCode.OK : ExitCode.FAILED);
            }
        });
        Runtime.getRuntime().addShutdownHook(hook);
        return hook;
    }

    static boolean shutDown(DaemonLauncher.Running running, DaemonGate gate) {
        try {
            gate.ask(new ControlRequest.Shutdown())
                    .toCompletableFuture()
                    .get(SHUTDOWN_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            running.terminated().toCompletableFuture().get(SHUTDOWN_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (ExecutionException | TimeoutException e) {
            LOG.error("The daemon did not end in order: {}", e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    private static boolean close(Closeable server) {
        try {
            server.close();
            return true;
        } catch (IOException e) {
            LOG.error("The control socket could not be closed: {}", e.getMessage());
            return false;
        }
    }

    private static void joinQuietly(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
