package dev.troupe.devices.input;

import dev.troupe.actors.device.DeviceException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.channels.ByteChannel;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where the lines of a script or recording come from. */
@FunctionalInterface
interface LineSource {
    /** What the operator sends. */
    LineSource OPERATOR = operator -> new BufferedReader(Channels.newReader(operator, StandardCharsets.UTF_8));

    /** Opens it; the caller closes the reader. */
    BufferedReader open(ByteChannel operator) throws IOException;

    /** A file of the host. */
    static LineSource of(Path file) throws DeviceException {
        if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
            throw new DeviceException("There is no file " + file + " that the daemon can read.");
        }
        return _ -> Files.newBufferedReader(file, StandardCharsets.UTF_8);
    }
}
