package dev.troupe.actors.device;

import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.sys.Fd;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.slf4j.Logger;

/** What a {@link VirtioDevice} works with. Any thread may call it. */
public interface DeviceContext {

    /** The device's name in the configuration. */
    String name();

    /** A logger whose lines name the device. */
    Logger log();

    /** The event loop of the device's actor: runs what is given to it in the order given. Must not be blocked. */
    EventLoop loop();

    /** Threads for what may block; their number is bounded and shared by all devices. */
    Executor blocking();

    /**
     * What outlives a restart of the device, such as contents that stand nowhere else: made when first asked for, the
     * same for every opening of this device in this daemon, closed when the device is removed or the daemon ends, after
     * the device itself. A device's {@link VirtioDevice#close} leaves it alone.
     *
     * @param what tells apart what one device keeps
     * @param type its class, the same each time
     * @param make makes it, on the calling thread; what it throws is passed on, and nothing is kept
     */
    <T extends AutoCloseable> T keep(String what, Class<T> type, Supplier<T> make);

    /**
     * What several devices of this type use together, such as a chip or a bus: made when the first of them asks for it, the
     * same for all devices of this daemon, closed when the last has been removed or has opened again without asking for it.
     *
     * @param what tells apart what devices of this type share
     * @param type its class, the same each time
     * @param make makes it, on the calling thread; what it throws is passed on, and nothing is shared
     */
    <T extends AutoCloseable> T share(String what, Class<T> type, Supplier<T> make);

    /**
     * Memory that outlives the device and this process: an upgrade and, where somebody stands behind the daemon that keeps
     * descriptors, a crash. Zeros when it is made. What the device does not ask for while it opens is given back.
     *
     * @param what tells apart what one device keeps
     * @param sizeBytes its size; another size is another memory
     * @return the memory file, a duplicate owned by the caller
     * @throws dev.troupe.transport.sys.SysException if the host has no such memory
     */
    Fd keepMemory(String what, long sizeBytes);

    /**
     * What {@link VirtioDevice#saveState} returns changed by a request or by the host: it is asked for soon, once for
     * however many changes. Not needed where the driver wrote the configuration space or reset the device, or after a
     * command.
     */
    void stateChanged();

    /** The configuration space changed by itself: the driver is told, where the front end can pass it on. */
    void configChanged();

    /**
     * The host resource failed in a way that a request's error status does not cover, or fails again and again. The
     * device is restarted with back-off.
     */
    void hostFailed(Throwable cause);
}
