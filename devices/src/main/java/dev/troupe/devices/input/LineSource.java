package dev.troupe.devices.input;

import dev.troupe.actors.device.DeviceException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where the lines of a script or recording come from. */
@FunctionalInterface
interface LineSource {
    /** What the operator sends, who is told afterwards how it went. */
    LineSource OPERATOR =
            operator -> new BufferedReader(Channels.newReader(new StaysOpen(operator), StandardCharsets.UTF_8));

    /** Opens it; the caller closes the reader. */
    BufferedReader open(ByteChannel operator) throws IOException;

    /** A file of the host. */
    static LineSource of(Path file) throws DeviceException {
        if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
            throw new DeviceException("There is no file " + file + " that the daemon can read.");
        }
        return _ -> Files.newBufferedReader(file, StandardCharsets.UTF_8);
    }

    /** A channel that its reader leaves open when it has been read. */
    record StaysOpen(ReadableByteChannel channel) implements ReadableByteChannel {
        @Override
        public int read(ByteBuffer into) throws IOException {
            return channel.read(into);
        }

        @Override
        public boolean isOpen() {
            return channel.isOpen();
        }

        @Override
        public void close() {}
    }
}
