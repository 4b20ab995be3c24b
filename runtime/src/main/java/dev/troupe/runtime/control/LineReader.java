package dev.troupe.runtime.control;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads lines of bounded length from a channel. One thread at a time. */
final class LineReader {

    private final ReadableByteChannel channel;
    private final int longestLineBytes;
    private final ByteBuffer buffer = ByteBuffer.allocate(8192).flip();

    LineReader(ReadableByteChannel channel, int longestLineBytes) {
        this.channel = channel;
        this.longestLineBytes = longestLineBytes;
    }

    /** A line was longer than allowed; where the next one begins is not known. */
    static final class LineTooLongException extends IOException {
        private static final long serialVersionUID = 1L;

        LineTooLongException(int limitBytes) {
            super("The line is longer than " + limitBytes + " bytes.");
        }
    }

    /** What has been read beyond the last line. */
    ByteBuffer rest() {
        return buffer;
    }

    /** The next line without its end, or {@code null} at the end of the stream; an unfinished last line is dropped. */
    @Nullable
    String next() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (true) {
            while (buffer.hasRemaining()) {
                byte next = buffer.get();
                if (next == '\n') {
                    return line.toString(StandardCharsets.UTF_8);
                }
                line.write(next);
                if (line.size() > longestLineBytes) {
                    throw new LineTooLongException(longestLineBytes);
                }
            }
            buffer.clear();
            int count = channel.read(buffer);
            buffer.flip();
            if (count < 0) {
                return null;
            }
        }
    }
}
