package dev.troupe.devices.i2c;

import dev.troupe.transport.sys.Errno;
import dev.troupe.transport.sys.I2cAdapter;
import dev.troupe.transport.sys.I2cMessage;
import dev.troupe.transport.sys.SysException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An adapter of the host. One that has gone away, such as a USB stick, is opened again with the next transfer, so it may come
 * back without a restart.
 */
final class AdapterBus implements I2cBus {
    private final Path path;
    private @Nullable I2cAdapter adapter;
    private volatile long functions;
    private boolean closed;

    private AdapterBus(Path path) {
        this.path = path;
    }

    /**
     * Opens an adapter.
     *
     * @throws SysException if there is none, or it can do nothing
     */
    static AdapterBus open(Path path) {
        AdapterBus bus = new AdapterBus(path);
        bus.opened();
        return bus;
    }

    @Override
    public String description() {
        return path.toString();
    }

    @Override
    public int transfer(List<I2cMessage> messages) {
        try {
            I2cAdapter open = opened();
            if (!can(I2cAdapter.FUNC_10BIT_ADDR) && messages.stream().anyMatch(I2cMessage::tenBit)) {
                return Errno.EOPNOTSUPP;
            }
            if (can(I2cAdapter.FUNC_I2C)) {
                open.transfer(messages);
                return 0;
            }
            return SmbusTransfer.make(open, messages);
        } catch (IllegalStateException e) {
            // Closed meanwhile.
            return Errno.ENODEV;
        } catch (SysException e) {
            if (e.errno() == Errno.ENODEV) {
                forget();
            }
            return e.errno();
        }
    }

    private boolean can(long function) {
        return (functions & function) != 0;
    }

    private synchronized I2cAdapter opened() {
        I2cAdapter open = adapter;
        if (open == null) {
            if (closed) {
                throw new SysException("open", path.toString(), Errno.ENODEV);
            }
            open = I2cAdapter.open(path);
            try {
                functions = open.functions();
            } catch (SysException e) {
                open.close();
                throw e;
            }
            adapter = open;
        }
        return open;
    }

    private synchronized void forget() {
        I2cAdapter open = adapter;
        adapter = null;
        if (open != null) {
            open.close();
        }
    }

    /** Does not wait for a transfer that hangs; the adapter's descriptor is closed when that ends. */
    @Override
    public synchronized void close() {
        closed = true;
        forget();
    }
}
