package dev.troupe.runtime.reload;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

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
            Files.deleteIfExists(fresh);
            write(fresh, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            Files.move(fresh, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new IOException(target + " cannot be written (" + e + "); say --to FILE for another place.", e);
        }
    }

    /** A file that was not there, so that no link of somebody else is followed; on the medium before it gets its name. */
    private static void write(Path fresh, ByteBuffer bytes) throws IOException {
        try (FileChannel file = FileChannel.open(fresh, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            while (bytes.hasRemaining()) {
                file.write(bytes);
            }
            file.force(true);
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
        if (!Files.isRegularFile(target)) {
            throw new IOException(target + " is no regular file; say --to FILE for another place.");
        }
        try (InputStream file = Files.newInputStream(target)) {
            if (!new String(file.readNBytes(SIGN.length()), StandardCharsets.UTF_8).equals(SIGN)) {
                throw new IOException("There is a file " + target + " that 'troupe save' has not written; it is left"
                        + " alone. Say --to FILE for another place.");
            }
        }
    }
}
