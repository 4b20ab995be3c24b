package dev.troupe.runtime.cli;

import dev.troupe.actors.daemon.DaemonStatus;
import dev.troupe.actors.daemon.DeviceStatus;
import dev.troupe.actors.daemon.QueueStatus;
import dev.troupe.runtime.control.ControlReply;
import dev.troupe.runtime.control.StatusJson;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.ToLongFunction;

/** The state of a daemon as a table. */
final class StatusTable {

    private static final List<String> HEADER =
            List.of("DEVICE", "TYPE", "STATE", "CONNECTION", "QUEUES", "REQUESTS", "BYTES", "ERRORS", "RESTARTS");

    private static final int RESTARTS_SHOWN = 3;

    private StatusTable() {}

    static String render(ControlReply.Status reply) {
        String lineage = reply.lineage().sentence();
        return render(reply.status()) + (lineage.isEmpty() ? "" : lineage + "\n");
    }

    private static String render(DaemonStatus status) {
        if (status.devices().isEmpty()) {
            return "The daemon has no devices.\n";
        }
        TextTable table = new TextTable(Set.of(4, 5, 6, 7, 8), HEADER);
        status.devices().forEach(device -> table.add(row(device)));
        StringBuilder text = new StringBuilder(table.render());
        for (DeviceStatus device : status.devices()) {
            // A problem that is the reason for the state says it better, and is not said twice.
            boolean same = device.lastProblem()
                    .flatMap(problem -> device.stateReason().map(problem::contains))
                    .orElse(false);
            device.stateReason()
                    .ifPresent(reason ->
                            text.append(sentence(device.name(), StatusJson.word(device.state()) + ": " + reason)));
            device.lastProblem()
                    .filter(problem -> !same)
                    .ifPresent(problem -> text.append(sentence(device.name(), problem)));
            device.lastRestarts().stream()
                    .skip(Math.max(0, device.lastRestarts().size() - RESTARTS_SHOWN))
                    .forEach(note -> text.append(sentence(
                            device.name(),
                            "restarted " + note.at().truncatedTo(ChronoUnit.SECONDS) + ": " + note.text())));
        }
        return text.toString();
    }

    /** A problem that names its device already is not given the name again. */
    private static String sentence(String device, String problem) {
        return (problem.startsWith(device + ":") ? "" : device + ": ") + problem + "\n";
    }

    private static List<String> row(DeviceStatus device) {
        List<QueueStatus> queues = device.queues();
        return List.of(
                device.name(),
                device.type(),
                StatusJson.word(device.state()),
                device.connection().orElse("-"),
                Integer.toString(queues.size()),
                Long.toString(sum(queues, QueueStatus::requests)),
                bytes(sum(queues, QueueStatus::readBytes) + sum(queues, QueueStatus::writtenBytes)),
                Long.toString(sum(queues, QueueStatus::errors)),
                Integer.toString(device.restarts()));
    }

    private static long sum(List<QueueStatus> queues, ToLongFunction<QueueStatus> figure) {
        return queues.stream().mapToLong(figure).sum();
    }

    /** A size with three digits or so, for example {@code "1.5 GiB"}. */
    static String bytes(long bytes) {
        String[] units = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
        int unit = 0;
        double shown = bytes;
        while (shown >= 1024 && unit < units.length - 1) {
            shown /= 1024;
            unit++;
        }
        return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%.1f %s", shown, units[unit]);
    }
}
