package dev.troupe.runtime.testing;

import dev.troupe.runtime.control.ControlClient;
import dev.troupe.runtime.control.ControlException;
import dev.troupe.runtime.control.ControlReply;
import dev.troupe.runtime.control.ControlRequest;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/**
 * The whole program in processes of its own, under its parent, from the classes that this test was built with. A launcher of
 * the test's takes the place of the one that is installed.
 */
public final class SupervisedDaemon implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final List<String> JAVA_OPTIONS =
            List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-XX:+UseSerialGC");

    private final Path folder;
    private final Process parent;

    private SupervisedDaemon(Path folder, Process parent) {
        this.folder = folder;
        this.parent = parent;
    }

    /**
     * Starts it and waits until its devices serve.
     *
     * @param folder for its configuration, sockets, launcher and log; private to its owner
     * @param devices what stands in the configuration's {@code devices}
     */
    public static SupervisedDaemon start(Path folder, String devices) throws IOException {
        Files.writeString(folder.resolve("troupe.conf"), """
                troupe {
                  socket-directory = "%1$s"
                  control-socket = "%1$s/control.sock"
                  devices { %2$s }
                }
                """.formatted(folder, devices));
        Path launcher = launcher(folder, "launcher", program());
        ProcessBuilder builder = new ProcessBuilder(java(), "-Xint", "-Xmx16m");
        builder.command().addAll(JAVA_OPTIONS);
        builder.command()
                .addAll(List.of("-cp", classPath(), "dev.troupe.runtime.parent.Parent", launcher.toString(), "run"));
        builder.command().addAll(List.of("--supervised", folder + "/troupe.conf"));
        builder.environment().put("XDG_RUNTIME_DIR", folder.toString());
        builder.redirectErrorStream(true).redirectOutput(folder.resolve("log").toFile());
        SupervisedDaemon daemon = new SupervisedDaemon(folder, builder.start());
        daemon.awaitStatus(status -> true);
        return daemon;
    }

    private static String java() {
        return System.getProperty("java.home") + "/bin/java";
    }

    private static String classPath() {
        return System.getProperty("java.class.path");
    }

    private static String program() {
        return "exec '" + java() + "' " + String.join(" ", JAVA_OPTIONS) + " -Xmx128m \"-Dtroupe.launcher=$0\" -cp '"
                + classPath() + "' dev.troupe.runtime.cli.Troupe \"$@\"\n";
    }

    private static Path launcher(Path folder, String name, String script) throws IOException {
        Path launcher = Files.writeString(folder.resolve(name), "#!/bin/sh\n" + script);
        return Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwx------"));
    }

    /** Another launcher that one can upgrade to. */
    public Path otherLauncher(String name, String script) throws IOException {
        return launcher(folder, name, script);
    }

    /** Another launcher that works. */
    public Path goodLauncher(String name) throws IOException {
        return launcher(folder, name, program());
    }

    /** Where a device listens. */
    public Path socket(String device) {
        return folder.resolve(device + ".sock");
    }

    /** The daemon's process: the child of the parent that has not ended. */
    public ProcessHandle daemon() {
        return parent.children().filter(ProcessHandle::isAlive).findFirst().orElseThrow();
    }

    /** Asks once. */
    public ControlReply ask(ControlRequest request) throws ControlException, IOException {
        try (ControlClient client = ControlClient.connect(folder.resolve("control.sock"))) {
            return client.ask(request);
        }
    }

    /** Asks for the status again and again, also while there is nobody to ask, until it is as wanted. */
    public ControlReply.Status awaitStatus(Predicate<ControlReply.Status> wanted) throws IOException {
        Instant end = Instant.now().plus(PATIENCE);
        while (Instant.now().isBefore(end)) {
            if (!parent.isAlive()) {
                throw new IllegalStateException("The parent has ended:\n" + log());
            }
            try {
                if (ask(new ControlRequest.Status()) instanceof ControlReply.Status status && wanted.test(status)) {
                    return status;
                }
            } catch (ControlException e) {
                // It is being started.
            }
            LockSupport.parkNanos(20_000_000);
        }
        throw new IllegalStateException("It did not come about in " + PATIENCE + ":\n" + log());
    }

    /** What parent and daemons have written. */
    public String log() throws IOException {
        return Files.readString(folder.resolve("log"));
    }

    /** Ends it in order, through the parent. Returns the exit status. */
    public int stop() throws InterruptedException {
        parent.destroy();
        return parent.waitFor();
    }

    @Override
    public void close() {
        parent.descendants().forEach(ProcessHandle::destroyForcibly);
        parent.destroyForcibly();
    }

    /** The folder's name for messages. */
    @Override
    public String toString() {
        return "daemon in " + folder + File.separator;
    }
}
