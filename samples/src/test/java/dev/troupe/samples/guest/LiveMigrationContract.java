package dev.troupe.samples.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A guest that writes to its disk, and checks what it wrote, moves from one QEMU and daemon to another QEMU and daemon on
 * the same image. Its random source is one of those whose front end in QEMU cannot be migrated: it is taken out before and
 * put in again after.
 */
abstract class LiveMigrationContract {
    private static final Duration LIMIT = Duration.ofMinutes(4);

    @TempDir
    private Path folder;

    abstract GuestImage image();

    @ParameterizedTest(name = "packed rings: {0}")
    @ValueSource(booleans = {true, false})
    void shouldFindEveryBlockAsItWroteItWhenItMovesUnderLoad(boolean packed) {
        Path there = folder.resolve("migration.sock");
        try (TroupeProgram sourceDaemon = daemon("source");
                TroupeProgram destinationDaemon = daemon("destination");
                GuestRun source = start(sourceDaemon, "source", packed);
                QemuMonitor from = QemuMonitor.connect(folder.resolve("source.qmp"), LIMIT)) {
            source.perform("rng", LIMIT, "BLOCKS=20");
            source.begin("blk-verify-loop", "SIZE_MIB=16", "DEPTH=32");
            source.awaitAsk("stop", LIMIT);
            source.awaitLine("round 1 verified", LIMIT);
            assertThatThrownBy(() -> from.ask("migrate", uri(there))).hasMessageContaining("vhost-user-rng");
            from.ask("device_del", "\"id\":\"device2\"");
            from.awaitEvent("DEVICE_DELETED", LIMIT);

            try (GuestRun destination = start(destinationDaemon, "destination", packed);
                    QemuMonitor to = QemuMonitor.connect(folder.resolve("destination.qmp"), LIMIT)) {
                move(from, to, there);
                source.close();

                destination.awaitLine("round \\d+ verified", LIMIT);
                destination.awaitLine("round \\d+ verified", LIMIT);
                destination.send("stop");
                assertThat(destination.finish("blk-verify-loop", LIMIT)).isNotEmpty();
                expectGoodRandomSource(destination, to, destinationDaemon);
                assertThat(destination.perform("blk-basic", LIMIT)).contains("all files read back as written");
                destination.end(LIMIT);
            }
            assertThat(destinationDaemon.status("disk0").violations()).isZero();
            assertThat(sourceDaemon.status("disk0").violations()).isZero();
            assertThat(destinationDaemon.requests("disk0")).isPositive();
            assertThat(sourceDaemon.stop())
                    .as("the source daemon's exit status")
                    .isZero();
            assertThat(destinationDaemon.stop())
                    .as("the destination daemon's exit status")
                    .isZero();
        }
    }

    private TroupeProgram daemon(String side) {
        return TroupeProgram.start(
                "migration-" + side, folder.resolve(side), """
                disk0 {
                  type = blk, path = "%s", size = 64 MiB, queues = 2, lock-while-running = true, serial = moving
                }
                rng0 { type = rng }
                """.formatted(folder.resolve("disk.img")));
    }

    private GuestRun start(TroupeProgram daemon, String side, boolean packed) {
        GuestDevice disk = GuestDevice.blk(daemon.socket("disk0")).queues(2);
        Guest guest = Guest.on(image())
                .name("migration-" + side)
                .cpusInTurn()
                .device(GuestDevice.inQemu("pcie-root-port,id=port0,chassis=1"))
                .device(packed ? disk.packed() : disk)
                .monitor(folder.resolve(side + ".qmp"))
                .script(GuestScript.onRequest("migration", List.of("blk-verify-loop", "blk-basic", "rng")));
        boolean arrives = side.equals("destination");
        return arrives
                ? guest.incoming().start()
                : guest.device(GuestDevice.rng(daemon.socket("rng0")).with("bus", "port0"))
                        .start();
    }

    private static void move(QemuMonitor from, QemuMonitor to, Path there) {
        String events = "\"capabilities\":[{\"capability\":\"events\",\"state\":true}]";
        from.ask("migrate-set-capabilities", events);
        to.ask("migrate-set-capabilities", events);
        to.ask("migrate-incoming", uri(there));
        from.ask("migrate", uri(there));
        from.awaitEvent("\"completed\"", LIMIT);
        to.awaitEvent("\"completed\"", LIMIT);
    }

    private static String uri(Path there) {
        return "\"uri\":\"unix:" + there + "\"";
    }

    private static void expectGoodRandomSource(GuestRun guest, QemuMonitor monitor, TroupeProgram daemon) {
        monitor.ask("chardev-add", """
                "id":"socket2","backend":{"type":"socket","data":{"server":false,
                "addr":{"type":"unix","data":{"path":"%s"}}}}
                """.formatted(daemon.socket("rng0")));
        monitor.ask("device_add", """
                "driver":"vhost-user-rng-pci","id":"device2","chardev":"socket2","bus":"port0"
                """);
        guest.perform("rng", LIMIT, "BLOCKS=20");
    }
}
