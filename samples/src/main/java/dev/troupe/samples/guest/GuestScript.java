package dev.troupe.samples.guest;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/**
 * What a guest runs: shell commands with the words of {@code samples/guests/scripts/runner.sh} ({@code say}, {@code run},
 * {@code refused}, {@code expect}, {@code ask}, {@code fail} …).
 *
 * @param name what the guest and its transcripts are called by
 * @param text the commands
 */
public record GuestScript(String name, String text) {

    /** A script of your own. */
    public static GuestScript of(String name, String text) {
        return new GuestScript(name, text);
    }

    /**
     * A script of {@code samples/guests/scripts}.
     *
     * @param name its file name without {@code .sh}
     * @throws GuestException if there is none of that name
     */
    public static GuestScript bundled(String name) {
        return new GuestScript(name, resource(name));
    }

    /**
     * A script that runs these others, any of them any number of times, as {@link GuestRun#perform} and
     * {@link GuestRun#begin} ask for them: many tests in one boot. One that fails does not end the machine.
     *
     * @param name what the guest and its transcripts are called by
     */
    public static GuestScript onRequest(String name, GuestScript... scripts) {
        StringBuilder text = new StringBuilder("mkdir -p /run/scripts\n");
        for (GuestScript script : scripts) {
            text.append("cat >'/run/scripts/").append(script.name()).append("' <<'TROUPE-END-OF-SCRIPT'\n");
            text.append(script.text().stripTrailing()).append("\nTROUPE-END-OF-SCRIPT\n");
        }
        return new GuestScript(name, text + resource("on-request"));
    }

    /** {@link #onRequest(String, GuestScript...)} of bundled scripts. */
    public static GuestScript onRequest(String name, List<String> bundled) {
        return onRequest(name, bundled.stream().map(GuestScript::bundled).toArray(GuestScript[]::new));
    }

    /** The script around every script. */
    static String runner() {
        return resource("runner");
    }

    /** Whether it calls fio, which only the larger initramfs has. */
    boolean needsFio() {
        return text.contains("fio ");
    }

    /** Whether it needs the tools and modules of the additional initramfs; it says so itself. */
    boolean needsDeviceTools() {
        return text.contains("need_device_tools");
    }

    private static String resource(String name) {
        try (InputStream file = GuestScript.class.getResourceAsStream("scripts/" + name + ".sh")) {
            if (file == null) {
                throw new GuestException("there is no guest script '" + name + "'");
            }
            return new String(file.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new GuestException("cannot read the guest script '" + name + "'", e);
        }
    }
}
