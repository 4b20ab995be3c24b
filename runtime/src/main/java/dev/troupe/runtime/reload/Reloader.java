package dev.troupe.runtime.reload;

import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.daemon.DaemonSpecs;
import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.Endpoint;
import dev.troupe.config.ConfigDifference;
import dev.troupe.config.ConfigFile;
import dev.troupe.config.ConfigLoader;
import dev.troupe.config.ConfigProblem;
import dev.troupe.config.InvalidConfigException;
import dev.troupe.config.NodeConfig;
import dev.troupe.runtime.control.ControlReply;
import dev.troupe.runtime.control.ControlRequest;
import dev.troupe.runtime.control.DaemonGate;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes the configuration of a running daemon: one request after the other, on a thread of its own. Any thread may ask;
 * answers never fail, they may be {@link ControlReply.Failed}.
 */
public final class Reloader implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger("troupe.reload");

    private final ConfigLoader loader;
    private final Path path;
    private final NodeConfig started;
    private final DaemonGate daemon;
    private final ExecutorService turns = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("reload").factory());
    private final AtomicBoolean upgrading = new AtomicBoolean();
    private ConfigFile file;

    /**
     * Creates one.
     *
     * @param loader reads the file again
     * @param path the file
     * @param file the file as the daemon was started with it
     * @param daemon the daemon
     */
    public Reloader(ConfigLoader loader, Path path, ConfigFile file, DaemonGate daemon) {
        this.loader = loader;
        this.path = path.toAbsolutePath();
        this.file = file;
        this.started = file.config();
        this.daemon = daemon;
    }

    /** Answers every request: those that concern the configuration itself, the others through the daemon. */
    public CompletionStage<ControlReply> ask(ControlRequest request) {
        if (upgrading.get() && changesDevices(request)) {
            LOG.warn("Nothing is changed while the daemon is being upgraded.");
            return CompletableFuture.completedStage(
                    new ControlReply.Failed("The daemon is being upgraded; try again when that is done."));
        }
        return switch (request) {
            case ControlRequest.Reload m -> inTurn(() -> reload(m.dryRun(), m.force()));
            case ControlRequest.Add m -> inTurn(() -> add(m.name(), m.settings(), Path.of(m.folder())));
            case ControlRequest.AddFile m -> inTurn(() -> addFile(Path.of(m.file())));
            case ControlRequest.Save m -> inTurn(() -> save(m.to().map(Path::of)));
            default -> daemon.ask(request);
        };
    }

    /** What a successor, which has read the configuration already, would not know of. */
    private static boolean changesDevices(ControlRequest request) {
        return switch (request) {
            case ControlRequest.Reload _, ControlRequest.Add _, ControlRequest.AddFile _, ControlRequest.Save _ -> true;
            case ControlRequest.Remove _, ControlRequest.Start _, ControlRequest.Stop _ -> true;
            default -> false;
        };
    }

    /**
     * Upgrades after the changes that are under way; every other change is refused meanwhile, and for good if it is done.
     *
     * @param upgrade puts a successor in this process's place; may block
     * @param leave what then is left to do when the answer has been given
     */
    public CompletionStage<ControlReply> upgrade(Callable<ControlReply> upgrade, Runnable leave) {
        if (!upgrading.compareAndSet(false, true)) {
            return CompletableFuture.completedStage(new ControlReply.Failed("An upgrade is under way already."));
        }
        CompletableFuture<ControlReply> reply = new CompletableFuture<>();
        turns.execute(() -> {
            ControlReply result = result(upgrade);
            boolean done = result instanceof ControlReply.Done;
            upgrading.set(done);
            reply.complete(result);
            if (done) {
                leave.run();
            }
        });
        return reply;
    }

    private CompletionStage<ControlReply> inTurn(Callable<ControlReply> work) {
        return CompletableFuture.supplyAsync(() -> result(work), turns);
    }

    private static ControlReply result(Callable<ControlReply> work) {
        try {
            return work.call();
        } catch (InvalidConfigException e) {
            return invalid(e);
        } catch (IOException e) {
            return new ControlReply.Failed(String.valueOf(e.getMessage()));
        } catch (Exception e) {
            LOG.error("A change of the configuration failed by a bug", e);
            return new ControlReply.Failed("This failed by a bug (" + e + "); the log tells more.");
        }
    }

    private ControlReply reload(boolean dryRun, boolean force) throws InvalidConfigException {
        ConfigFile fresh = loader.open(path);
        List<DeviceSpec> running = running();
        ConfigDifference plan = ConfigDifference.between(
                started.withDevices(running),
                fresh.config()
                        .withDevices(
                                keepingHandedSockets(running, fresh.config().devices())));
        if (plan.isEmpty()) {
            file = fresh;
            return new ControlReply.Done(plan.render());
        }
        if (dryRun) {
            return objections(new PlanRun(daemon, plan, force))
                    .map(failure -> refused(failure, plan))
                    .orElseGet(() -> new ControlReply.Done(plan.render()));
        }
        Optional<PlanRun.Failure> failed = apply(plan, force);
        if (failed.isPresent()) {
            LOG.error("The configuration was not reloaded: {}", failed.get().text());
            return refused(failed.get(), plan);
        }
        file = fresh;
        LOG.info("Reloaded {}:\n{}", path, plan.render());
        return new ControlReply.Done(plan.render());
    }

    private static ControlReply refused(PlanRun.Failure failure, ConfigDifference plan) {
        String outcome = failure.left().isEmpty() ? "Nothing was changed" : "Not everything is as it was before";
        return new ControlReply.Failed(outcome + ":\n" + failure.text() + "\nThis was to be done:\n" + plan.render());
    }

    private static Optional<PlanRun.Failure> objections(PlanRun run) {
        List<String> objections = run.objections();
        return objections.isEmpty()
                ? Optional.empty()
                : Optional.of(new PlanRun.Failure(String.join("\n", objections), ""));
    }

    /** What failed, if anything did. */
    private Optional<PlanRun.Failure> apply(ConfigDifference plan, boolean force) {
        PlanRun run = new PlanRun(daemon, plan, force);
        return objections(run).or(run::carryOut);
    }

    private ControlReply add(String name, Map<String, String> settings, Path folder) throws InvalidConfigException {
        return add(List.of(file.device(name, settings, folder, running())));
    }

    private ControlReply addFile(Path snippet) throws InvalidConfigException {
        return add(file.devices(snippet, running()));
    }

    private ControlReply add(List<DeviceSpec> devices) {
        return apply(new ConfigDifference(List.of(), devices, List.of(), List.of()), false)
                .<ControlReply>map(failure -> new ControlReply.Failed(failure.text()))
                .orElseGet(() -> new ControlReply.Done(devices.stream()
                        .map(spec -> spec.name() + ": added at " + spec.endpoint() + ".")
                        .collect(Collectors.joining("\n"))));
    }

    private ControlReply save(Optional<Path> to) throws IOException {
        Path target = to.orElseGet(file::runtimeFile);
        Optional<String> text = file.runtimeText(asWritten(running()));
        if (text.isPresent()) {
            SavedFile.write(target, text.get());
            return new ControlReply.Done("Saved in " + target + ".");
        }
        return new ControlReply.Done(
                to.isEmpty() && SavedFile.delete(target)
                        ? "The configuration says all of it by itself; " + target + " was taken away."
                        : "There is nothing to save: the configuration says all of it.");
    }

    private List<DeviceSpec> running() {
        return daemon.<DaemonSpecs>command(DaemonCommand.GetSpecs::new)
                .toCompletableFuture()
                .join()
                .devices();
    }

    /** A socket that the service manager made stays in use, unless the configuration now names another one. */
    private List<DeviceSpec> keepingHandedSockets(List<DeviceSpec> running, List<DeviceSpec> wanted) {
        Map<String, DeviceSpec> now = byName(running);
        Map<String, DeviceSpec> written = byName(file.config().devices());
        return wanted.stream()
                .map(spec -> {
                    DeviceSpec runs = now.get(spec.name());
                    DeviceSpec was = written.get(spec.name());
                    boolean same = was != null && was.endpoint().equals(spec.endpoint());
                    return runs != null && same && runs.endpoint() instanceof Endpoint.Inherited handed
                            ? spec.at(handed)
                            : spec;
                })
                .toList();
    }

    /** What runs, with the sockets that the configuration has where the service manager made them. */
    private List<DeviceSpec> asWritten(List<DeviceSpec> running) {
        Map<String, DeviceSpec> written = byName(file.config().devices());
        return running.stream()
                .map(spec -> {
                    DeviceSpec was = written.get(spec.name());
                    return was != null && spec.endpoint() instanceof Endpoint.Inherited
                            ? spec.at(was.endpoint())
                            : spec;
                })
                .toList();
    }

    private static Map<String, DeviceSpec> byName(List<DeviceSpec> specs) {
        return specs.stream().collect(Collectors.toMap(DeviceSpec::name, spec -> spec));
    }

    private static ControlReply invalid(InvalidConfigException e) {
        String problems = e.problems().stream().map(ConfigProblem::toString).collect(Collectors.joining("\n"));
        LOG.error("Nothing was changed, because this is wrong:\n{}", problems);
        return new ControlReply.Failed("Nothing was changed, because this is wrong:\n" + problems, true);
    }

    /** Ends its thread; what is under way goes on. */
    @Override
    public void close() {
        turns.shutdown();
    }
}
