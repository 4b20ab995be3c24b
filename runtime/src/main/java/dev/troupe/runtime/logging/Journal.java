package dev.troupe.runtime.logging;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Finds out whether standard error leads to the service manager's journal. */
final class Journal {

    private Journal() {}

    /**
     * Whether a stream is the one that {@code $JOURNAL_STREAM} names, as {@code device:inode}. The variable alone does
     * not tell: it is inherited by programs whose output was redirected since.
     *
     * @param variable the variable's value, empty if it is not set
     * @param stream the stream, for example {@code /proc/self/fd/2}
     */
    static boolean leadsFrom(String variable, Path stream) {
        if (variable.isEmpty()) {
            return false;
        }
        try {
            Map<String, Object> attributes = Files.readAttributes(stream, "unix:dev,ino");
            return variable.equals(attributes.get("dev") + ":" + attributes.get("ino"));
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }
}
