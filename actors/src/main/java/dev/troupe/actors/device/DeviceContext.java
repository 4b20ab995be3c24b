package dev.troupe.actors.device;

import dev.troupe.transport.loop.EventLoop;
import java.util.concurrent.Executor;
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

    /** The configuration space changed by itself: the driver is told, where the front end can pass it on. */
    void configChanged();

    /**
     * The host resource failed in a way that a request's error status does not cover, or fails again and again. The
     * device is restarted with back-off.
     */
    void hostFailed(Throwable cause);
}
