package dev.troupe.runtime.cli;

import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.daemon.DaemonStatus;
import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.Endpoint;
import dev.troupe.actors.daemon.HandOverAnswer;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.daemon.Removal;
import dev.troupe.actors.vault.Vault;
import dev.troupe.config.ConfigFile;
import dev.troupe.config.DeviceTypes;
import dev.troupe.config.InvalidConfigException;
import dev.troupe.runtime.bench.BenchException;
import dev.troupe.runtime.bench.Exercise;
import dev.troupe.runtime.control.DaemonGate;
import dev.troupe.runtime.logging.LogSetup;
import dev.troupe.runtime.probe.NoBackEndException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a successor does before guests wait for it: all that it will have to do for them then, with two small disks of its own
 * under load that pass from one daemon to another within this process. What takes a hundred milliseconds the first time in
 * a Java process takes a few the second time.
 */
final class WarmUp {

    private static final Logger LOG = LoggerFactory.getLogger("troupe");
    private static final Duration LOAD = Duration.ofMillis(800);
    private static final long REQUESTS_BEFORE = 200;
    private static final long LOOK_EVERY_NANOS = 5_000_000;
    private static final Map<String, String> DISK = Map.of("type", "blk", "path", "image", "size", "1 MiB");

    private final DaemonLauncher.Running successor;
    private final DaemonGate gate;
    private final DeviceTypes types;
    private final Path folder;
    private final List<DeviceSpec> disks = new ArrayList<>();

    private WarmUp(DaemonLauncher.Running successor, DeviceTypes types, Path folder) {
        this.successor = successor;
        this.gate = Foreground.gate(successor);
        this.types = types;
        this.folder = folder;
    }

    /**
     * Does it. The successor has no device before and none after; if anything goes wrong it is merely colder.
     *
     * @param launcher starts the daemon that the successor takes the disks over from
     * @param file the configuration
     * @param types the device types
     * @param successor the daemon that will take over in earnest
     */
    static void run(DaemonLauncher launcher, ConfigFile file, DeviceTypes types, DaemonLauncher.Running successor) {
        try {
            Path folder = Files.createTempDirectory("troupe-warm-up");
            try {
                WarmUp warmUp = new WarmUp(successor, types, folder);
                warmUp.prepareDisks(file);
                LogSetup.withoutSmallTalk(() -> warmUp.pass(launcher.launch(file.config())));
            } finally {
                remove(folder);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            LOG.warn("Warming up failed, so guests will wait longer: {}", e.toString());
        }
    }

    private void prepareDisks(ConfigFile file) throws IOException, InvalidConfigException {
        for (String name : List.of("split", "packed")) {
            Path place = Files.createDirectory(folder.resolve(name));
            disks.add(file.device("warm-up-" + name, DISK, place, List.of())
                    .at(new Endpoint.Listen(place.resolve("socket"), 0600, Optional.empty())));
        }
    }

    private static void remove(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(path);
            }
        }
    }

    private void pass(DaemonLauncher.Running first) throws Exception {
        List<CompletableFuture<Void>> loads = new ArrayList<>();
        try {
            try {
                practise(first, loads);
            } finally {
                ask(Foreground.gate(first).<Outcome>command(DaemonCommand.Leave::new));
            }
            loads.forEach(CompletableFuture::join);
        } finally {
            // Whatever went wrong: a successor that has devices could inherit no others.
            for (DeviceSpec disk : disks) {
                ask(gate.<Outcome>command(
                        replyTo -> new DaemonCommand.RemoveDevice(disk.name(), Removal.FORCE, replyTo)));
            }
            ask(first.terminated());
        }
    }

    private void practise(DaemonLauncher.Running first, List<CompletableFuture<Void>> loads) {
        DaemonGate firstGate = Foreground.gate(first);
        add(first);
        loads.add(load(0, false));
        loads.add(load(1, true));
        awaitRequests(firstGate);
        if (ask(firstGate.<HandOverAnswer>command(DaemonCommand.HandOver::new)) instanceof HandOverAnswer.Ready ready) {
            successor.daemon().tell(new DaemonCommand.Inherit(Vault.none(), ready.inheritance()));
            add(successor);
        }
    }

    private void add(DaemonLauncher.Running daemon) {
        disks.forEach(disk -> Foreground.add(daemon, disk));
    }

    private CompletableFuture<Void> load(int number, boolean packed) {
        Path socket = ((Endpoint.Listen) disks.get(number).endpoint()).path();
        CompletableFuture<Void> ended = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("warm-up-" + number).start(() -> {
            try {
                Exercise.drive(socket, types, packed, LOAD);
                ended.complete(null);
            } catch (BenchException | NoBackEndException | InterruptedException | RuntimeException e) {
                ended.completeExceptionally(e);
            }
        });
        return ended;
    }

    private static void awaitRequests(DaemonGate gate) {
        long deadline = System.nanoTime() + LOAD.toNanos() / 2;
        while (requests(gate) < REQUESTS_BEFORE && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(LOOK_EVERY_NANOS);
        }
    }

    private static long requests(DaemonGate gate) {
        DaemonStatus status = ask(gate.command(DaemonCommand.GetStatus::new));
        return status.devices().stream()
                .flatMap(device -> device.queues().stream())
                .mapToLong(queue -> queue.requests())
                .sum();
    }

    private static <T> T ask(CompletionStage<T> answer) throws CompletionException {
        return answer.toCompletableFuture().join();
    }
}
