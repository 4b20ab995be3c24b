package dev.troupe.samples.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The words that {@code troupe qemu-args} prints connect a machine when they are put into QEMU's command as they are. */
class QemuArgumentsIT {
    private static final Duration LIMIT = Duration.ofMinutes(3);

    @Test
    void shouldBootAGuestWithItsDevicesWhenTheArgumentsAreUsedAsPrinted(@TempDir Path folder) {
        try (TroupeProgram troupe = TroupeProgram.start("qemu-arguments", folder, """
                disk0 { type = blk, path = disk0.img, size = 64 MiB, queues = 2 }
                disk1 { type = blk, back-end = memory, size = 16 MiB, read-only = true }
                rng0  { type = rng }
                """)) {
            try (GuestRun guest = Guest.on(GuestImage.stock())
                    .name("qemu-arguments")
                    .attachedBy(troupe.qemuArguments(), troupe.sockets())
                    .script(GuestScript.onRequest("qemu-arguments", List.of("blk-basic", "blk-readonly", "rng")))
                    .start()) {
                assertThat(guest.perform("blk-basic", LIMIT, "DISK=vda", "QUEUES=2"))
                        .contains("all files read back as written");
                assertThat(guest.perform("blk-readonly", LIMIT, "DISK=vdb")).hasSize(1);
                assertThat(guest.perform("rng", LIMIT, "BLOCKS=50")).hasSize(2);
                guest.end(LIMIT);
            }
        }
    }
}
