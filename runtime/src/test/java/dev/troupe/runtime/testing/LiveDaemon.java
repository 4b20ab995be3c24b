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

/**
 * A daemon in this process with a small disk in memory, a disk that can only be read, a SCSI host, an I2C bus, GPIO lines, and a
 * source of random bytes.
 */
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
                  host {
                    type = scsi, queues = 2, socket = "%1$s/host.sock"
                    luns { first { back-end = memory, size = 16 MiB }, large { back-end = null, size = 4 TiB, block-size = 4096, target = 1 } }
                  }
                  bus {
                    type = i2c, back-end = simulated, socket = "%1$s/bus.sock"
                    devices.rom { model = eeprom, address = "0x50" }
                  }
                  lines { type = gpio, back-end = simulated, wires = ["0=1"], socket = "%1$s/lines.sock" }
                  random { type = rng, socket = "%1$s/random.sock" }
                  talk { type = vsock, guest-cid = 3, uds-path = "%1$s/uds", socket = "%1$s/talk.sock" }
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
