package dev.troupe.devices.testing;

import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.daemon.Removal;
import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.actors.testing.GuestRig;
import dev.troupe.actors.testing.TestDaemon;
import dev.troupe.transport.loop.EventLoopConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Devices that use hardware of the host, in a daemon, with a driver at the other end of each one's socket. By the test's
 * thread only.
 */
public final class HostSideRig implements AutoCloseable {
    private final Path sockets;
    private final TestDaemon daemon = TestDaemon.start(EventLoopConfig.Choice.IO_URING);
    private final List<GuestRig> guests = new ArrayList<>();
    private final Map<String, GuestRig> served = new HashMap<>();

    /** A daemon without devices, whose sockets will be in a folder. */
    public HostSideRig(Path sockets) {
        this.sockets = sockets;
    }

    /**
     * Starts a device, which must come up, and connects a driver.
     *
     * @param given the options that differ from the defaults
     * @param queues how many queues the driver starts
     * @param features what it negotiates of the device type's features
     */
    public GuestRig serve(String name, DeviceFactory factory, Map<String, Object> given, int queues, long features) {
        daemon.add(spec(name, factory, given));
        GuestRig guest = GuestRig.connect(
                socket(name), GuestRig.Shape.split().withQueues(queues).withFeatures(features));
        guests.add(guest);
        served.put(name, guest);
        return guest;
    }

    /** Starts a device that cannot come up; returns why. */
    public String refused(String name, DeviceFactory factory, Map<String, Object> given) {
        Outcome outcome = daemon.ask(replyTo -> new DaemonCommand.AddDevice(spec(name, factory, given), replyTo));
        // What was refused is tried again later; not here.
        daemon.remove(name, Removal.FORCE);
        if (outcome instanceof Outcome.Refused refused) {
            return refused.reason();
        }
        throw new AssertionError(name + " was not refused");
    }

    private DeviceSpec spec(String name, DeviceFactory factory, Map<String, Object> given) {
        return TestDaemon.spec(name, factory, TestSettings.of(factory, given).values(), socket(name));
    }

    private Path socket(String name) {
        return sockets.resolve(name + ".sock");
    }

    /** Removes a device; its driver is gone before. */
    public void remove(String name) {
        GuestRig guest = served.remove(name);
        if (guest != null) {
            guests.remove(guest);
            guest.close();
        }
        daemon.remove(name, Removal.FORCE);
    }

    /** The daemon. */
    public TestDaemon daemon() {
        return daemon;
    }

    /** What a device answers an operator; it must not refuse. */
    public String command(String name, String verb, String... arguments) {
        Outcome outcome =
                daemon.ask(replyTo -> new DaemonCommand.CommandDevice(name, verb, List.of(arguments), replyTo));
        if (outcome instanceof Outcome.Refused refused) {
            throw new AssertionError(refused.reason());
        }
        return ((Outcome.Done) outcome).text();
    }

    @Override
    public void close() {
        guests.forEach(GuestRig::close);
        daemon.close();
    }
}
