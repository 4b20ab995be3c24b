package dev.troupe.samples.guest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** What the host knows of a file and Java does not. */
final class HostFile {
    private static final long BLOCK_BYTES = 512;

    private HostFile() {}

    /** How much space the file takes, which for a file with holes is less than its size. */
    static long allocatedBytes(Path file) {
        try {
            Process stat = new ProcessBuilder("stat", "--format=%b", file.toString()).start();
            String blocks = new String(stat.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return Long.parseLong(blocks.strip()) * BLOCK_BYTES;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
