package dev.troupe.devices.console;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** A file of the host, to which everything that the guest writes is appended, each byte once also across restarts. */
final class FileTarget implements PortTarget, ChannelOutlet.Listener {
    private final Port port;
    private final Path path;
    private final FileChannel file;
    private final DeviceContext context;
    private @Nullable Outlet outlet;

    private FileTarget(Port port, Path path, FileChannel file, DeviceContext context) {
        this.port = port;
        this.path = path;
        this.file = file;
        this.context = context;
    }

    static FileTarget open(Port port, Path path, DeviceContext context) throws DeviceException {
        try {
            return new FileTarget(
                    port, path, FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND), context);
        } catch (IOException e) {
            throw new DeviceException("Cannot write to " + path + ": " + e.getMessage() + ".", e);
        }
    }

    @Override
    public String describe() {
        return "file " + path;
    }

    @Override
    public void start() {
        Outlet writer = new ChannelOutlet(
                port, context.loop(), file, port.log().stored(), port.settings().holdsGuest(), this);
        outlet = writer;
        port.add(writer);
    }

    @Override
    public void resize(int columns, int rows) {}

    @Override
    public void reached(long position) {
        port.log().stored(position);
    }

    /** A full disk must not cost the guest its console. */
    @Override
    public void failed(IOException cause) {
        context.log()
                .warn(
                        "{} takes nothing more: {}; restart the device when that is mended, it goes on where it was",
                        path,
                        cause.getMessage());
        Outlet writer = outlet;
        if (writer != null) {
            port.remove(writer);
        }
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            context.log().warn("{} is not closed cleanly: {}", path, e.getMessage());
        }
    }
}
