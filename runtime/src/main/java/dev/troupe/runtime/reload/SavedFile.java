package dev.troupe.runtime.reload;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;

/** A file that {@code troupe save} writes, whole or not at all; never one that somebody else wrote. */
final class SavedFile {

    private static final String SIGN = "# Written by 'troupe save'";

    private SavedFile() {}

    /**
     * Writes it.
     *
     * @throws IOException if it cannot be written, with a sentence that says why
     */
    static void write(Path target, String text) throws IOException {
        requireOurs(target);
        Path fresh = target.resolveSibling(target.getFileName() + ".new");
        try {
            Files.writeString(fresh, text);
            Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new IOException(target + " cannot be written (" + e + "); say --to FILE for another place.", e);
        }
    }

    /** Takes it away; false if there was none. */
    static boolean delete(Path target) throws IOException {
        requireOurs(target);
        return Files.deleteIfExists(target);
    }

    private static void requireOurs(Path target) throws IOException {
        if (!Files.exists(target)) {
            return;
        }
        try (Stream<String> lines = Files.lines(target)) {
            if (lines.findFirst().filter(line -> line.startsWith(SIGN)).isEmpty()) {
                throw new IOException("There is a file " + target + " that 'troupe save' has not written; it is left"
                        + " alone. Say --to FILE for another place.");
            }
        }
    }
}
