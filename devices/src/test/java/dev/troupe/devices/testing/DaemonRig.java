package dev.troupe.devices.testing;

import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.daemon.DeviceState;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.actors.testing.DirtyWatch;
import dev.troupe.actors.testing.GuestRig;
import dev.troupe.actors.testing.MemoryVault;
import dev.troupe.actors.testing.TestDaemon;
import dev.troupe.actors.vault.Inheritance;
import dev.troupe.transport.loop.EventLoopConfig;
import dev.troupe.transport.sys.EventFd;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A device in a daemon, and a guest's driver of its first queue at the other end of its socket. */
public final class DaemonRig implements AutoCloseable {
    /** The device's name. */
    public static final String NAME = "test0";

    private static final long SEED = 5;

    private final EventLoopConfig.Choice choice;
    private final MemoryVault vault = new MemoryVault();
    private final Path socket;
    private final OpenedByTest factory;
    private TestDaemon daemon;
    private final GuestRig guest;
    private final RequestWriter writer;

    private DaemonRig(EventLoopConfig.Choice choice, OpenedByTest factory, Path socket, boolean packed) {
        this.choice = choice;
        this.socket = socket;
        this.factory = factory;
        this.daemon = daemon(Inheritance.empty());
        try {
            this.guest = GuestRig.connect(
                    socket,
                    GuestRig.Shape.packed(packed).withFeatures(factory.newest().features()));
        } catch (RuntimeException | Error e) {
            daemon.close();
            vault.close();
            throw e;
        }
        this.writer = new RequestWriter(guest.memory(), guest.queue(0).ring(), SEED);
    }

    /** Starts a daemon and the device in it, and connects a driver. */
    public static DaemonRig start(
            EventLoopConfig.Choice choice, LoopRig.Opening opening, Path directory, boolean packed) {
        return new DaemonRig(choice, new OpenedByTest(opening), directory.resolve(NAME + ".sock"), packed);
    }

    private TestDaemon daemon(Inheritance inheritance) {
        TestDaemon started = TestDaemon.start(choice, vault, inheritance);
        try {
            started.add(TestDaemon.spec(NAME, factory, Map.of(), socket));
            return started;
        } catch (RuntimeException | Error e) {
            started.close();
            throw e;
        }
    }

    /** Lets the daemon die with whatever is under way; a later one takes the guest up. */
    public void die() {
        daemon.die(vault);
        daemon = daemon(vault.inheritance());
    }

    /** Lets the daemon hand everything over to another one. */
    public void handOver() {
        TestDaemon before = daemon;
        daemon = daemon(before.handOver());
        before.leave();
    }

    /** Makes a request and waits for its answer. */
    public RequestWriter.Answer request(Probe probe, int pieces) {
        return await(submit(probe, pieces));
    }

    /** Makes a request so often, one behind the other, without waiting. */
    public List<Long> submit(Probe probe, int pieces, int times) {
        List<Long> tokens = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            tokens.add(submit(probe, pieces));
        }
        return tokens;
    }

    private long submit(Probe probe, int pieces) {
        long token = writer.submit(probe.readable(), probe.writableBytes(), pieces);
        EventFd.signal(guest.queue(0).fds().kick());
        return token;
    }

    /**
     * Makes a request while the front end logs what the device writes.
     *
     * @return the pages, by number, that the device changed and did not mark
     */
    public List<Long> unmarkedBy(Probe probe, int pieces) {
        try (DirtyWatch watch = DirtyWatch.begin(guest, 1)) {
            // Made available without a kick: the device sleeps, and whatever changes from now on it has written.
            long token = writer.submit(probe.readable(), probe.writableBytes(), pieces);
            watch.look();
            EventFd.signal(guest.queue(0).fds().kick());
            await(token);
            return watch.unmarked();
        }
    }

    /** The device that serves now. */
    public VirtioDevice device() {
        return factory.newest();
    }

    /** Waits until a request is answered. */
    public RequestWriter.Answer await(long token) {
        GuestRig.await("request " + token, () -> {
            writer.collect();
            return writer.isAnswered(token);
        });
        return writer.answer(token);
    }

    /** Waits until the device has called the driver since the last time. */
    public void awaitCall() {
        GuestRig.await("a call", () -> EventFd.drain(guest.queue(0).fds().call()));
    }

    /** Restarts the device behind its socket. */
    public void restart() {
        daemon.restart(NAME);
    }

    /** What the device is doing. */
    public DeviceState state() {
        return daemon.status(NAME).state();
    }

    /** The device's configuration space, as its front end reads it. */
    public byte[] configSpace() {
        return guest.frontEnd()
                .getConfig(0, factory.newest().configSpace(0).length)
                .toArray();
    }

    /** The features that the device offers. */
    public long features() {
        return factory.newest().features();
    }

    /** Has the device do what an operator asks for; it must not refuse. */
    public void command(String verb) {
        Outcome outcome = daemon.ask(replyTo -> new DaemonCommand.CommandDevice(NAME, verb, List.of(), replyTo));
        if (outcome instanceof Outcome.Refused refused) {
            throw new AssertionError(refused.reason());
        }
    }

    /** How often the device was opened. */
    public int openings() {
        return factory.openings();
    }

    @Override
    public void close() {
        guest.close();
        daemon.close();
        vault.close();
    }
}
