package dev.troupe.runtime.upgrade;

import dev.troupe.runtime.upgrade.Packet.Word;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What two processes tell each other first.
 *
 * @param format the format of the hand-over that this side writes
 * @param oldest the oldest one that it reads
 * @param program the version of its program
 * @param pid its process
 * @param devices its devices: those that it has, or for a successor those that its configuration has
 */
record Hello(int format, int oldest, String program, long pid, Set<String> devices) {

    /** The format that this program writes, and the only one that it reads so far. */
    static final int FORMAT = 1;

    private static final String SEPARATOR = ",";

    /** This process's own. */
    static Hello own(Set<String> devices) {
        return new Hello(FORMAT, FORMAT, version(), ProcessHandle.current().pid(), devices);
    }

    private static String version() {
        String version = Hello.class.getPackage().getImplementationVersion();
        return version == null ? "(not packaged)" : version;
    }

    Packet packet() {
        return new Packet(
                Word.HELLO,
                List.of(
                        "format=" + format,
                        "oldest=" + oldest,
                        "program=" + program,
                        "pid=" + pid,
                        "devices=" + String.join(SEPARATOR, devices)));
    }

    /** Reads one; unknown lines are passed over, so that later programs may say more. */
    static Hello of(Packet packet) throws HandOverException {
        Map<String, String> fields = new HashMap<>();
        for (String line : packet.lines()) {
            int equals = line.indexOf('=');
            fields.put(line.substring(0, Math.max(0, equals)), line.substring(equals + 1));
        }
        String devices = fields.getOrDefault("devices", "");
        try {
            return new Hello(
                    Integer.parseInt(fields.getOrDefault("format", "")),
                    Integer.parseInt(fields.getOrDefault("oldest", "")),
                    fields.getOrDefault("program", "?"),
                    Long.parseLong(fields.getOrDefault("pid", "")),
                    devices.isEmpty() ? Set.of() : new TreeSet<>(Arrays.asList(devices.split(SEPARATOR, -1))));
        } catch (NumberFormatException e) {
            throw new HandOverException("The other program introduces itself in a way that is not understood.");
        }
    }

    /** Refuses another side that cannot be understood, or that would not understand. */
    void checkFits(Hello other) throws HandOverException {
        if (other.format < oldest || other.oldest > format) {
            throw new HandOverException("Version " + program + " hands over in format " + format + " (and reads "
                    + oldest + " and later), version " + other.program + " in format " + other.format + " (and reads "
                    + other.oldest + " and later). Upgrade by way of a version in between, or shut down and start.");
        }
    }
}
