package dev.troupe.samples.guest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;

/**
 * QEMU's storage daemon as the back end of vhost-user disks: something to judge the guests by, and to compare with.
 * Ended by {@link #close}, always.
 */
public final class StorageDaemon implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(20);

    private final TiedProcess process;

    private StorageDaemon(TiedProcess process) {
        this.process = process;
    }

    /**
     * A disk to serve.
     *
     * @param file the raw image
     * @param socket where QEMU connects
     * @param writable whether the guest may write
     * @param queues how many queues
     */
    public record Disk(Path file, Path socket, boolean writable, int queues) {}

    /**
     * Starts it and returns when all of its sockets can be connected to.
     *
     * @param image whose daemon
     * @param logs where its transcript goes, made if missing
     */
    public static StorageDaemon serving(GuestImage image, Path logs, Disk... disks) {
        TreeSet<String> folders = new TreeSet<>();
        List<String> command = new ArrayList<>(List.of(image.storageDaemon().toString()));
        for (int i = 0; i < disks.length; i++) {
            command.addAll(arguments(i, disks[i]));
            folders.add(folder(disks[i].file()));
            folders.add(folder(disks[i].socket()));
        }
        // Arguments are taken in order, so when the monitor greets, the exports before it are there.
        command.addAll(List.of("--chardev", "stdio,id=monitor", "--monitor", "chardev=monitor"));
        try {
            Files.createDirectories(logs);
        } catch (IOException e) {
            throw new GuestException("cannot make " + logs, e);
        }
        TiedProcess process = TiedProcess.start(
                "storage-daemon",
                command,
                Map.of("TROUPE_GUEST_FOLDERS", String.join(":", folders)),
                logs.resolve("storage-daemon.log"));
        StorageDaemon daemon = new StorageDaemon(process);
        try {
            daemon.await("\"QMP\"");
            daemon.ask("{\"execute\": \"qmp_capabilities\"}");
        } catch (GuestException e) {
            daemon.close();
            throw e;
        }
        return daemon;
    }

    private static List<String> arguments(int number, Disk disk) {
        String access = ",discard=unmap,read-only=" + (disk.writable() ? "off" : "on");
        return List.of(
                "--blockdev",
                "driver=file,node-name=file" + number + access + ",filename=" + GuestDevice.escaped(disk.file()),
                "--blockdev",
                "driver=raw,node-name=disk" + number + ",file=file" + number + access,
                "--export",
                "type=vhost-user-blk,id=export" + number + ",node-name=disk" + number + ",writable="
                        + (disk.writable() ? "on" : "off") + ",num-queues=" + disk.queues()
                        + ",addr.type=unix,addr.path=" + GuestDevice.escaped(disk.socket()));
    }

    /** Changes the size of a disk, as its number in {@link #serving}; its guest is told. */
    public void resize(int disk, long bytes) {
        ask("{\"execute\": \"block_resize\", \"arguments\": {\"node-name\": \"disk" + disk + "\", \"size\": " + bytes
                + "}}");
    }

    private void ask(String command) {
        process.send(command);
        await("\"return\"");
    }

    private void await(String part) {
        process.awaitLine(line -> line.contains(part), line -> line.contains("\"error\""), part, START_LIMIT);
    }

    private static String folder(Path file) {
        return Objects.requireNonNull(file.toAbsolutePath().getParent()).toString();
    }

    @Override
    public void close() {
        process.close();
    }
}
