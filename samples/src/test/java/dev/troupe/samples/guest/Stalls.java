package dev.troupe.samples.guest;

import dev.troupe.actors.daemon.DeviceStatus;
import dev.troupe.actors.daemon.RestartCause;
import dev.troupe.actors.daemon.RestartNote;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How long devices did not serve, by why they did not: what the daemon says of its last restarts, gathered. */
final class Stalls {
    private final Map<RestartCause, List<Long>> millis = new EnumMap<>(RestartCause.class);
    private final Map<String, RestartNote> last = new HashMap<>();

    /** Takes down the last restart of each device, if it is another one than before. */
    void note(List<DeviceStatus> devices) {
        devices.stream()
                .filter(device -> !device.lastRestarts().isEmpty())
                .forEach(device -> note(device.name(), device.lastRestarts().getLast()));
    }

    private void note(String device, RestartNote note) {
        if (!note.equals(last.put(device, note))) {
            millis.computeIfAbsent(note.cause(), _ -> new ArrayList<>()).add(note.stallMs());
        }
    }

    /** A line for each cause: how many there were, the median and the worst, in milliseconds. */
    List<String> table() {
        List<String> lines = new ArrayList<>(List.of("cause            count  median ms  worst ms"));
        millis.forEach((cause, all) -> {
            List<Long> sorted = all.stream().sorted().toList();
            lines.add("%-16s %5d  %9d  %8d"
                    .formatted(cause.words(), sorted.size(), sorted.get(sorted.size() / 2), sorted.getLast()));
        });
        return lines;
    }

    /** Leaves the table beside the transcripts. */
    void write(Path file) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.write(file, table());
    }
}
