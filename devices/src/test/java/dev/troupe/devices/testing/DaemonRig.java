package dev.troupe.devices.testing;

import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.daemon.DeviceState;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.testing.GuestRig;
import dev.troupe.actors.testing.TestDaemon;
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

    private final TestDaemon daemon;
    private final OpenedByTest factory;
    private final GuestRig guest;
    private final RequestWriter writer;

    private DaemonRig(TestDaemon daemon, OpenedByTest factory, Path socket, boolean packed) {
        this.daemon = daemon;
        this.factory = factory;
        daemon.add(TestDaemon.spec(NAME, factory, Map.of(), socket));
        this.guest = GuestRig.connect(
                socket,
                GuestRig.Shape.packed(packed).withFeatures(factory.newest().features()));
        this.writer = new RequestWriter(guest.memory(), guest.queue(0).ring(), SEED);
    }

    /** Starts a daemon and the device in it, and connects a driver. */
    public static DaemonRig start(
            EventLoopConfig.Choice choice, LoopRig.Opening opening, Path directory, boolean packed) {
        TestDaemon daemon = TestDaemon.start(choice);
        try {
            return new DaemonRig(daemon, new OpenedByTest(opening), directory.resolve(NAME + ".sock"), packed);
        } catch (RuntimeException | Error e) {
            daemon.close();
            throw e;
        }
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
    }
}
