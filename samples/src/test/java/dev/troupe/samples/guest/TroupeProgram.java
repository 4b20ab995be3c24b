package dev.troupe.samples.guest;

import dev.troupe.actors.daemon.DeviceStatus;
import dev.troupe.actors.daemon.QueueStatus;
import dev.troupe.runtime.control.ControlClient;
import dev.troupe.runtime.control.ControlException;
import dev.troupe.runtime.control.ControlReply;
import dev.troupe.runtime.control.ControlRequest;
import dev.troupe.runtime.control.Lineage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The program as its users have it, started as they start it, with a configuration of its own. One thread at a time. */
final class TroupeProgram implements AutoCloseable {
    private static final Path PROGRAM = Path.of("..", "runtime", "target", "troupe", "bin", "troupe")
            .toAbsolutePath()
            .normalize();
    private static final Path LOGS = Path.of("target", "guest-logs").toAbsolutePath();
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Duration COMMAND_LIMIT = Duration.ofSeconds(60);

    private final String name;
    private final Path configuration;
    private final Path sockets;
    private final boolean supervised;
    private TiedProcess process;
    private int started;

    private TroupeProgram(String name, Path folder, String devices, boolean supervised) {
        this.name = name;
        this.configuration = folder.resolve("troupe.conf");
        this.sockets = folder.resolve("run");
        this.supervised = supervised;
        try {
            Files.createDirectories(sockets);
            Files.setPosixFilePermissions(sockets, PosixFilePermissions.fromString("rwx------"));
            Files.createDirectories(LOGS);
            configure(devices);
        } catch (IOException e) {
            throw new GuestException("cannot lay out the daemon " + name, e);
        }
        this.process = runDaemon();
        awaitReady();
    }

    private TiedProcess runDaemon() {
        return supervised ? run("run", "--supervised", configuration.toString()) : run("run", configuration.toString());
    }

    private void configure(String devices) throws IOException {
        Files.writeString(configuration, "troupe.devices {\n" + devices + "\n}\n");
    }

    /**
     * Starts a daemon and waits until all of its devices serve.
     *
     * @param name what its transcripts are called by
     * @param folder for its configuration, sockets and images
     * @param devices what stands in the configuration's {@code devices}
     */
    static TroupeProgram start(String name, Path folder, String devices) {
        return new TroupeProgram(name, folder, devices, false);
    }

    /** The same under a parent of its own ({@code run --supervised}). */
    static TroupeProgram startSupervised(String name, Path folder, String devices) {
        return new TroupeProgram(name, folder, devices, true);
    }

    private TiedProcess run(String... arguments) {
        if (!Files.isExecutable(PROGRAM)) {
            throw new GuestException(PROGRAM + " is not there; 'mvn package' builds it");
        }
        List<String> command = new ArrayList<>(List.of(PROGRAM.toString()));
        command.addAll(List.of(arguments));
        String called = name + "-" + arguments[0] + "-" + ++started;
        return TiedProcess.start(
                called,
                command,
                Map.of("RUNTIME_DIRECTORY", sockets.toString(), "JAVA_HOME", System.getProperty("java.home")),
                LOGS.resolve(called + ".log"));
    }

    private void awaitReady() {
        process.awaitLine(line -> line.contains("control socket"), line -> false, "the daemon", START_LIMIT);
    }

    /** Where the device of this name listens. */
    Path socket(String device) {
        return sockets.resolve(device + ".sock");
    }

    /** Where its devices listen. */
    Path sockets() {
        return sockets;
    }

    /** What it has written so far. */
    List<String> log() {
        return process.lines();
    }

    boolean isAlive() {
        return process.handle().isAlive();
    }

    /** Runs the program once more, as an operator does to tell the daemon something; it must succeed. */
    List<String> command(String... arguments) {
        try (TiedProcess command = run(arguments)) {
            if (command.awaitEnd(COMMAND_LIMIT) != 0) {
                throw command.failure("'troupe " + String.join(" ", arguments) + "' failed");
            }
            return command.lines();
        }
    }

    /** Begins one that goes on until it is closed, such as {@code watch} or {@code record}. */
    TiedProcess begin(String... arguments) {
        return run(arguments);
    }

    /** What {@code troupe qemu-args} prints, in words, as a shell takes {@code $(troupe qemu-args …)} apart. */
    List<String> qemuArguments(String... options) {
        List<String> command = new ArrayList<>(List.of("qemu-args", configuration.toString(), "--memory", "512 MiB"));
        command.addAll(List.of(options));
        return command(command.toArray(String[]::new)).stream()
                .flatMap(line -> Stream.of(line.strip().split("\\s+")))
                .toList();
    }

    /** {@code troupe restart}, without the half second that a program takes to start. */
    void restart(String device) {
        ask(new ControlRequest.Restart(device));
    }

    /** {@code troupe reload} with another configuration. */
    void reload(String devices) {
        try {
            configure(devices);
        } catch (IOException e) {
            throw new GuestException("cannot write the configuration of " + name, e);
        }
        ask(new ControlRequest.Reload(false, false));
    }

    /** {@code troupe upgrade} to a program that is this one; under a parent, returns when that has but the new one. */
    void upgrade() {
        List<ProcessHandle> before = supervised ? process.handle().children().toList() : List.of();
        ask(new ControlRequest.Upgrade(Optional.of(PROGRAM.toString())));
        before.forEach(old -> Patience.await("the end of the daemon before", START_LIMIT, () -> !old.isAlive()));
    }

    /** {@code kill -9} of the daemon that the parent has started; returns when the next one serves in its place. */
    void killSupervised() {
        long recoveries = lineage().recoveries();
        process.handle().children().forEach(ProcessHandle::destroyForcibly);
        Patience.await("the next daemon", START_LIMIT, () -> recoveriesIfThere() > recoveries);
    }

    private Lineage lineage() {
        return ((ControlReply.Status) ask(new ControlRequest.Status())).lineage();
    }

    private long recoveriesIfThere() {
        try (ControlClient client = ControlClient.connect(sockets.resolve("control.sock"))) {
            return client.ask(new ControlRequest.Status()) instanceof ControlReply.Status reply
                    ? reply.lineage().recoveries()
                    : 0;
        } catch (ControlException | IOException e) {
            return 0;
        }
    }

    DeviceStatus status(String device) {
        return devices().stream()
                .filter(candidate -> candidate.name().equals(device))
                .findFirst()
                .orElseThrow();
    }

    List<DeviceStatus> devices() {
        return ((ControlReply.Status) ask(new ControlRequest.Status())).status().devices();
    }

    /** How many requests the device has answered. */
    long requests(String device) {
        return status(device).queues().stream().mapToLong(QueueStatus::requests).sum();
    }

    private ControlReply ask(ControlRequest request) {
        try (ControlClient client = ControlClient.connect(sockets.resolve("control.sock"))) {
            ControlReply reply = client.ask(request);
            if (reply instanceof ControlReply.Failed failed) {
                throw process.failure(request + ": " + failed.error());
            }
            return reply;
        } catch (ControlException | IOException e) {
            throw process.failure(request + ": " + e.getMessage());
        }
    }

    /** {@code kill -9}. */
    void kill() {
        process.close();
    }

    /** After {@link #kill}. */
    void startAgain() {
        process = runDaemon();
        awaitReady();
    }

    /** Ends it as a service manager does. Returns its exit status. */
    int stop() {
        process.handle().destroy();
        return process.awaitEnd(START_LIMIT);
    }

    @Override
    public void close() {
        if (supervised) {
            process.handle().children().forEach(ProcessHandle::destroyForcibly);
        }
        process.close();
    }
}
