package dev.troupe.runtime.upgrade;

import dev.troupe.runtime.parent.Parent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * How this program was started, so that it can be started once more.
 *
 * @param launcher the launcher's path as it was called; empty if Java was started without one
 * @param arguments the command line after the program's name
 */
public record Invocation(Optional<String> launcher, List<String> arguments) {

    private static final String LAUNCHER_PROPERTY = "troupe.launcher";

    /** Copies the list. */
    public Invocation {
        arguments = List.copyOf(arguments);
    }

    /** This process's own. */
    public static Invocation own(List<String> arguments) {
        return new Invocation(Optional.ofNullable(System.getProperty(LAUNCHER_PROPERTY)), arguments);
    }

    /**
     * The command that starts it once more, without a parent of its own.
     *
     * @param program another launcher in place of the one that was used
     * @throws IOException if it was started without one, and the system does not tell how
     */
    public List<String> again(Optional<String> program) throws IOException {
        List<String> command = new ArrayList<>();
        Optional<String> started = program.or(() -> launcher);
        if (started.isPresent()) {
            command.add(started.get());
            command.addAll(arguments);
        } else {
            byte[] line = Files.readAllBytes(Path.of("/proc/self/cmdline"));
            command.addAll(Arrays.asList(new String(line, StandardCharsets.UTF_8).split("\0", -1)));
            command.removeLast();
            command.set(0, Files.readSymbolicLink(Path.of("/proc/self/exe")).toString());
        }
        command.remove(Parent.OPTION);
        return command;
    }
}
