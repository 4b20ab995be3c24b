package dev.troupe.samples.guest;

import com.typesafe.config.ConfigFactory;
import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.daemon.DaemonStatus;
import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.DeviceStatus;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.actors.tree.DaemonSystem;
import dev.troupe.config.ConfigLoader;
import dev.troupe.config.DeviceTypes;
import dev.troupe.config.InvalidConfigException;
import dev.troupe.transport.loop.EventLoopConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.japi.function.Function;

/** A daemon in this process, whose device types can be tampered with. */
final class FlakyDaemon implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Path folder;
    private final DaemonSystem system;

    private FlakyDaemon(Path folder, DaemonSystem system) {
        this.folder = folder;
        this.system = system;
    }

    /**
     * Starts a daemon with devices.
     *
     * @param folder for its configuration, sockets and images
     * @param devices what stands in the configuration's {@code devices}
     * @param tampering what becomes of each device's type
     */
    static FlakyDaemon start(Path folder, String devices, UnaryOperator<DeviceFactory> tampering) {
        FlakyDaemon daemon =
                new FlakyDaemon(folder, DaemonSystem.start(2, 4, EventLoopConfig.defaults(), ConfigFactory.load()));
        try {
            Path file = Files.writeString(
                    folder.resolve("troupe.conf"),
                    "troupe { socket-directory = " + folder + ", devices {\n" + devices + "\n} }\n");
            new ConfigLoader(DeviceTypes.load())
                    .load(file)
                    .devices()
                    .forEach(spec -> daemon.add(tampered(spec, tampering.apply(spec.factory()))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InvalidConfigException e) {
            throw new IllegalArgumentException(e);
        }
        return daemon;
    }

    private static DeviceSpec tampered(DeviceSpec spec, DeviceFactory factory) {
        return new DeviceSpec(
                spec.name(),
                factory,
                spec.settings(),
                spec.endpoint(),
                spec.enabled(),
                spec.eventLoop(),
                spec.busyPoll(),
                spec.drainTimeout(),
                spec.restarts());
    }

    private void add(DeviceSpec spec) {
        if (ask((ActorRef<Outcome> replyTo) -> new DaemonCommand.AddDevice(spec, replyTo))
                instanceof Outcome.Refused refused) {
            throw new IllegalStateException(refused.reason());
        }
    }

    Path socket(String device) {
        return folder.resolve(device + ".sock");
    }

    DeviceStatus status(String device) {
        DaemonStatus status = ask(DaemonCommand.GetStatus::new);
        return status.devices().stream()
                .filter(candidate -> candidate.name().equals(device))
                .findFirst()
                .orElseThrow();
    }

    private <T> T ask(Function<ActorRef<T>, DaemonCommand> question) {
        return AskPattern.ask(
                        system.daemon(), question, PATIENCE, system.daemon().scheduler())
                .toCompletableFuture()
                .join();
    }

    @Override
    public void close() {
        system.shutDown().toCompletableFuture().join();
        system.close();
    }
}
