package dev.troupe.transport.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.opentest4j.TestAbortedException;

/** What root may do on most hosts, though not in every container. */
public final class RootRights {

    private RootRights() {}

    /** Runs a command of the host, which only root can do; what it printed. */
    public static String run(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (process.waitFor() != 0) {
                throw cannot(String.join(" ", List.of(command)) + ": " + output);
            }
            return output;
        } catch (IOException e) {
            throw cannot(e.toString());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** What to throw where this host does not let root do it, such as in a container. */
    public static TestAbortedException cannot(String why) {
        String text = "NOT TESTED, this host does not allow it: " + why;
        System.err.println(text);
        return new TestAbortedException(text);
    }
}
