package dev.troupe.runtime.testing;

import com.typesafe.config.ConfigFactory;
import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.tree.DaemonSystem;
import dev.troupe.config.ConfigLoader;
import dev.troupe.config.DeviceTypes;
import dev.troupe.transport.loop.EventLoopConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.pekko.actor.typed.javadsl.AskPattern;

/** A daemon in this process with a small disk in memory, a disk that can only be read, and a source of random bytes. */
public final class LiveDaemon implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Path folder;
    private final DaemonSystem system;

    private LiveDaemon(Path folder, DaemonSystem system) {
        this.folder = folder;
        this.system = system;
    }

    /** Starts it; its sockets are in the folder. */
    public static LiveDaemon start(Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("troupe.conf"), """
                troupe.devices {
                  disk { type = blk, back-end = memory, size = 16 MiB, queues = 2, socket = "%1$s/disk.sock" }
                  fixed { type = blk, back-end = memory, size = 1 MiB, read-only = true, socket = "%1$s/fixed.sock" }
                  random { type = rng, socket = "%1$s/random.sock" }
                }
                """.formatted(folder));
        DaemonSystem system = DaemonSystem.start(1, 2, EventLoopConfig.defaults(), ConfigFactory.load());
        LiveDaemon daemon = new LiveDaemon(folder, system);
        new ConfigLoader(DeviceTypes.load()).load(file).devices().forEach(daemon::add);
        return daemon;
    }

    private void add(DeviceSpec spec) {
        Outcome outcome = AskPattern.<DaemonCommand, Outcome>ask(
                        system.daemon(),
                        replyTo -> new DaemonCommand.AddDevice(spec, replyTo),
                        PATIENCE,
                        system.daemon().scheduler())
                .toCompletableFuture()
                .join();
        if (outcome instanceof Outcome.Refused refused) {
            throw new IllegalStateException(refused.reason());
        }
    }

    /** Where a device listens. */
    public Path socket(String device) throws IOException {
        return folder.toRealPath().resolve(device + ".sock");
    }

    @Override
    public void close() {
        system.close();
    }
}
