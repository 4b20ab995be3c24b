package dev.troupe.samples.guest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.daemon.QueueStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A keyboard and a tablet on QEMU's own front end, which runs without KVM from QEMU 10 on. */
@Tag("newer")
class NewerInputIT {
    private static final Duration BOOT = Duration.ofMinutes(3);
    private static final Duration LIMIT = Duration.ofMinutes(2);

    @TempDir
    private Path folder;

    /** What happens while a key is held. */
    private final Map<String, Consumer<TroupeProgram>> disturbances = new LinkedHashMap<>();

    NewerInputIT() {
        disturbances.put("restart", troupe -> troupe.restart("kbd0"));
        disturbances.put("upgrade", TroupeProgram::upgrade);
        disturbances.put("kill", TroupeProgram::killSupervised);
    }

    private static List<String> layouts(String device, TroupeProgram troupe) {
        return troupe.status(device).queues().stream().map(QueueStatus::layout).toList();
    }

    /** What an operator's recorder shows of some work, which ends with the enter key. */
    private Path recorded(TroupeProgram troupe, Runnable work) {
        try (TiedProcess recorder = troupe.begin("input", "kbd0", "record")) {
            recorder.awaitLine(line -> line.startsWith("# "), line -> false, "the recorder", LIMIT);
            work.run();
            recorder.awaitLine(line -> line.endsWith("0001 001c 0000"), line -> false, "the last key", LIMIT);
            recorder.awaitLine(line -> line.endsWith("0000 0000 0000"), line -> false, "its report's end", LIMIT);
            return Files.write(folder.resolve("recording"), recorder.lines());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void shouldReachTheGuestsProgramsAndLeaveNoKeyStuckWhateverHappensToTheDaemon() {
        try (TroupeProgram troupe = TroupeProgram.startSupervised("input", folder, """
                kbd0    { type = input }
                tablet0 { type = input, source = tablet }
                """);
                GuestRun guest = Guest.on(GuestImage.newer())
                        .name("input")
                        .device(GuestDevice.vhostUser("input", troupe.socket("kbd0"))
                                .packed())
                        .device(GuestDevice.vhostUser("input", troupe.socket("tablet0")))
                        .script(GuestScript.bundled("input"))
                        .argument("DISTURBANCES", String.join(" ", disturbances.keySet()))
                        .start()) {
            guest.awaitAsk("type", BOOT);
            Path recording = recorded(troupe, () -> troupe.command("input", "kbd0", "type", "ls -L\\n"));
            guest.send("done");
            guest.awaitLine("pressed: 38 31 57 12 42 38 28", LIMIT);

            guest.awaitAsk("point", LIMIT);
            troupe.command("input", "tablet0", "move-to", "50%", "100%");
            troupe.command("input", "tablet0", "click");
            guest.send("done");
            guest.awaitAsk("restart the tablet and click", LIMIT);
            troupe.restart("tablet0");
            troupe.command("input", "tablet0", "click");
            guest.send("done");

            guest.awaitAsk("look at the lights", LIMIT);
            assertThat(troupe.command("input", "kbd0", "state")).contains("Lit by the guest: caps lock");
            guest.send("done");

            disturbances.forEach((name, disturbance) -> {
                guest.awaitAsk("hold a key", LIMIT);
                troupe.command("input", "kbd0", "down", "shift");
                guest.send("done");
                guest.awaitAsk(name, LIMIT);
                disturbance.accept(troupe);
                guest.send("done");
            });
            guest.awaitAsk("type again", LIMIT);
            assertThat(layouts("kbd0", troupe)).containsOnly("packed");
            // This front end offers packed rings to the guest whatever it is told.
            assertThat(layouts("tablet0", troupe)).containsOnly("packed");
            troupe.command("input", "kbd0", "replay", recording.toString());
            guest.send("done");

            assertThat(guest.awaitOk(LIMIT))
                    .contains("keyboard: bus 0006, serial kbd0, events 120003, lights 7")
                    .contains("tablet: axes 3")
                    .contains("evtest: L S SPACE MINUS LEFTSHIFT L ENTER")
                    .contains("shift was released after kill")
                    .contains("pressed in all: 38 31 57 12 42 38 28 42 42 42 38 31 57 12 42 38 28");
        }
    }
}
