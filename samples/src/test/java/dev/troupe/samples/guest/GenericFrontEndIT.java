package dev.troupe.samples.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A front end that knows of a device nothing but its type's number, its queues and the length of its configuration space. */
@Tag("newer")
class GenericFrontEndIT {
    private static final Duration LIMIT = Duration.ofMinutes(3);

    @Test
    void shouldServeTheGuestsOwnDriversWhenTheArgumentsAreUsedAsPrinted(@TempDir Path folder) {
        try (TroupeProgram troupe = TroupeProgram.start("generic", folder, """
                disk0 { type = blk, path = disk0.img, size = 64 MiB, queues = 2 }
                rng0  { type = rng }
                """)) {
            try (GuestRun guest = Guest.on(GuestImage.newest())
                    .name("generic")
                    .attachedBy(troupe.qemuArguments("--generic"), troupe.sockets())
                    .script(GuestScript.onRequest("generic", List.of("blk-basic", "blk-resize", "rng")))
                    .boot(LIMIT)) {
                assertThat(guest.perform("blk-basic", LIMIT, "QUEUES=2")).contains("all files read back as written");
                assertThat(guest.perform("rng", LIMIT, "BLOCKS=50")).hasSize(2);
                guest.begin("blk-resize");
                guest.awaitAsk("resize", LIMIT);
                troupe.command("resize", "disk0", "96 MiB");
                guest.send("");
                assertThat(guest.finish("blk-resize", LIMIT)).contains("size " + (96L << 20));
                guest.end(LIMIT);
            }
        }
    }
}
