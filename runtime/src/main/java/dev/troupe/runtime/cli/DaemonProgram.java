package dev.troupe.runtime.cli;

import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.vault.Inheritance;
import dev.troupe.config.ConfigFile;
import dev.troupe.config.NodeConfig;
import dev.troupe.runtime.control.ControlRequest;
import dev.troupe.runtime.control.ControlServer;
import dev.troupe.runtime.control.DaemonGate;
import dev.troupe.runtime.control.Lineage;
import dev.troupe.runtime.reload.Reloader;
import dev.troupe.runtime.service.ActivatedSockets;
import dev.troupe.runtime.service.ServiceManager;
import dev.troupe.runtime.service.Signals;
import dev.troupe.runtime.upgrade.HandOverException;
import dev.troupe.runtime.upgrade.LineageRecord;
import dev.troupe.runtime.upgrade.Succession;
import dev.troupe.runtime.upgrade.Upgrade;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code troupe run}: a daemon with a control socket, which begins anew, or goes on where a dead process was, or takes over
 * from a living one.
 */
final class DaemonProgram {

    private static final Logger LOG = LoggerFactory.getLogger("troupe");
    private static final Duration LINE_PATIENCE = Duration.ofSeconds(30);
    private static final Duration ANSWER_PATIENCE = Duration.ofSeconds(30);
    /** How long devices are waited for; a service manager waits 90 s for the whole start. */
    private static final Duration OPENING_PATIENCE = Duration.ofSeconds(30);

    private final Cli cli;
    private final ConfigFile file;
    private final Path path;
    private final NodeConfig config;
    private final Foreground foreground;
    private final HangUp hangUp = new HangUp();

    DaemonProgram(Cli cli, ConfigFile file, Path path) {
        this.cli = cli;
        this.file = file;
        this.path = path;
        this.config = file.config();
        this.foreground = new Foreground(cli.launcher(), config);
    }

    /** Returns when the daemon has ended. */
    void run() throws UserException {
        if (!Signals.on("HUP", hangUp::heard)) {
            LOG.warn("SIGHUP cannot be heard; 'troupe reload' does the same.");
        }
        try (Succession succession = Succession.from(cli.environment()).orElse(null)) {
            if (succession == null) {
                begin();
            } else {
                succeed(succession);
            }
        } catch (IOException e) {
            throw new UserException(ExitCode.FAILED, String.valueOf(e.getMessage()));
        }
    }

    private void begin() throws UserException, IOException {
        ServiceManager manager = ServiceManager.of(cli.environment());
        Inheritance left = manager.inheritance();
        boolean recovers = !left.names().isEmpty();
        Lineage before = LineageRecord.take(left);
        DaemonLauncher.Running running = cli.launcher().launch(config);
        running.daemon().tell(new DaemonCommand.Inherit(manager.vault(), left));
        DaemonGate gate = Foreground.gate(running);
        DaemonRequests requests = requests(running, gate, manager);
        try (ControlServer server = ControlServer.start(config.controlSocket(), requests::answer, LINE_PATIENCE)) {
            requests.servedBy(server);
            Thread hook = foreground.endOnSignal(running, gate, () -> end(manager, server));
            // Why a device is refused its supervisor has logged already.
            addAll(running, manager, Set.of());
            if (recovers) {
                requests.became(before.recovered(recovery()), manager.vault());
            }
            serve(running, requests, manager, hook);
        } catch (IOException e) {
            Foreground.shutDown(running, gate);
            throw e;
        }
    }

    private static void end(ServiceManager manager, ControlServer server) throws IOException {
        manager.stopping();
        LineageRecord.remove(manager.vault());
        server.close();
    }

    private static String recovery() {
        Instant started = ProcessHandle.current().info().startInstant().orElse(Instant.now());
        long tookMs = Duration.between(started, Instant.now()).toMillis();
        String sentence = "went on at " + Instant.now() + " where a dead process was, " + tookMs
                + " ms after the start of process "
                + ProcessHandle.current().pid();
        LOG.info("The daemon {}.", sentence);
        return sentence + ".";
    }

    private DaemonRequests requests(DaemonLauncher.Running running, DaemonGate gate, ServiceManager manager) {
        Upgrade upgrade = new Upgrade(running.daemon(), running.scheduler(), manager, cli.invocation());
        return new DaemonRequests(gate, upgrade, new Reloader(cli.loader(), path, file, gate));
    }

    private void serve(DaemonLauncher.Running running, DaemonRequests requests, ServiceManager manager, Thread hook) {
        hangUp.means(() -> requests.answer(new ControlRequest.Reload(false, false)));
        LOG.info("{} devices; control socket {}.", config.devices().size(), config.controlSocket());
        try (Heartbeat heartbeat = Heartbeat.start(running, manager)) {
            LOG.debug("{}", heartbeat);
            foreground.await(running, hook);
        }
    }

    private void succeed(Succession succession) throws UserException {
        try {
            succession.greet(config.devices().stream().map(DeviceSpec::name).collect(Collectors.toSet()));
            // Whatever can be there before guests wait is there.
            DaemonLauncher.Running running = cli.launcher().launch(config);
            WarmUp.run(cli.launcher(), file, cli.loader().types(), running);
            takeOver(succession, running, succession.takeAll());
        } catch (HandOverException | IOException | RuntimeException e) {
            LOG.error("This process cannot take over: {}", e.getMessage(), e instanceof RuntimeException ? e : null);
            succession.fail(String.valueOf(e.getMessage()));
            // At once: nothing here may be closed in order, as all of it still belongs to the predecessor.
            Runtime.getRuntime().halt(ExitCode.FAILED);
        }
    }

    private void takeOver(Succession succession, DaemonLauncher.Running running, Succession.Estate estate)
            throws HandOverException, IOException {
        ServiceManager manager = ServiceManager.ofSuccessor(cli.environment(), estate.storedNames());
        manager.addActivated(estate.activated());
        running.daemon().tell(new DaemonCommand.Inherit(manager.vault(), estate.inheritance()));
        DaemonGate gate = Foreground.gate(running);
        DaemonRequests requests = requests(running, gate, manager);
        mustRun(addAll(running, manager, estate.mustRun()), estate.mustRun());
        try (ControlServer server = ControlServer.startBeside(
                config.controlSocket(), estate.controlLock(), requests::answer, LINE_PATIENCE)) {
            requests.servedBy(server);
            String sentence = succession.running();
            manager.become();
            requests.became(estate.lineage().upgraded(sentence + "."), manager.vault());
            server.takePlace();
            succession.done();
            Thread hook = foreground.endOnSignal(running, gate, () -> end(manager, server));
            serve(running, requests, manager, hook);
        }
    }

    private static void mustRun(Map<String, Outcome> outcomes, Set<String> names) throws HandOverException {
        for (String name : new TreeSet<>(names)) {
            if (outcomes.get(name) instanceof Outcome.Refused refused) {
                throw new HandOverException(refused.reason());
            }
        }
    }

    /**
     * All at once: after a crash, guests of the last one wait no longer than those of the first. One that takes long to open
     * does not keep the others from their service manager and operator.
     */
    private Map<String, Outcome> addAll(DaemonLauncher.Running running, ServiceManager manager, Set<String> ran) {
        List<DeviceSpec> specs = ActivatedSockets.apply(config.devices(), manager.activated());
        Map<String, CompletableFuture<Outcome>> added = new LinkedHashMap<>();
        specs.forEach(spec -> added.put(spec.name(), addLater(running, spec, ran)));
        // What is left for a device that still opens must not be closed.
        CompletableFuture.allOf(added.values().toArray(CompletableFuture[]::new))
                .thenCompose(_ -> settle(running))
                .completeOnTimeout(new Outcome.Done(""), OPENING_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                .join();
        Map<String, Outcome> outcomes = new LinkedHashMap<>();
        added.forEach((name, outcome) -> {
            if (!outcome.isDone()) {
                LOG.warn("{} is still being opened; it is waited for no longer.", name);
            }
            outcomes.put(name, outcome.getNow(new Outcome.Refused(name + ": it takes too long to open.")));
        });
        return outcomes;
    }

    /** What an operator started, though it is not enabled, a successor goes on with. */
    private static CompletableFuture<Outcome> addLater(
            DaemonLauncher.Running running, DeviceSpec spec, Set<String> ran) {
        CompletableFuture<Outcome> added = Foreground.addLater(running, spec);
        return spec.enabled() || !ran.contains(spec.name())
                ? added
                : added.thenCompose(_ -> AskPattern.<DaemonCommand, Outcome>ask(
                        running.daemon(),
                        replyTo -> new DaemonCommand.StartDevice(spec.name(), replyTo),
                        ANSWER_PATIENCE,
                        running.scheduler()));
    }

    private static CompletionStage<Outcome> settle(DaemonLauncher.Running running) {
        return AskPattern.<DaemonCommand, Outcome>ask(
                        running.daemon(), DaemonCommand.SettleInheritance::new, ANSWER_PATIENCE, running.scheduler())
                .exceptionally(cause -> new Outcome.Refused("the daemon did not answer"));
    }
}
