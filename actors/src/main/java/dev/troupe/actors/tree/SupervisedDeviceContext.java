package dev.troupe.actors.tree;

import dev.troupe.actors.connection.Wiring;
import dev.troupe.actors.device.DeviceContext;
import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.sys.Fd;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a device works with: passes what it says to its supervisor, which ignores devices that it has closed since.
 *
 * @param wiring the device's surroundings
 * @param supervisor its supervisor
 * @param generation which of the supervisor's devices it is
 * @param kept what outlives a restart
 * @param shared what it uses together with others
 * @param stateDue whether its state is going to be asked for
 */
record SupervisedDeviceContext(
        Wiring wiring,
        ActorRef<DeviceSupervisor.Command> supervisor,
        int generation,
        KeptThings kept,
        SharedThings.User shared,
        AtomicBoolean stateDue)
        implements DeviceContext {

    @Override
    public String name() {
        return wiring.spec().name();
    }

    @Override
    public Logger log() {
        return LoggerFactory.getLogger("dev.troupe.device." + name());
    }

    @Override
    public EventLoop loop() {
        return wiring.loops().queueLoop(wiring.firstQueueLoop());
    }

    @Override
    public Executor blocking() {
        return wiring.loops().blocking();
    }

    @Override
    public <T extends AutoCloseable> T keep(String what, Class<T> type, Supplier<T> make) {
        return kept.keep(what, type, make);
    }

    @Override
    public <T extends AutoCloseable> T share(String what, Class<T> type, Supplier<T> make) {
        return shared.share(wiring.spec().factory().type() + "/" + what, type, make);
    }

    @Override
    public Fd keepMemory(String what, long sizeBytes) {
        return wiring.keep().memory(what, sizeBytes);
    }

    @Override
    public void stateChanged() {
        if (stateDue.compareAndSet(false, true)) {
            supervisor.tell(new DeviceSupervisor.StateChanged(stateDue, generation));
        }
    }

    @Override
    public void configChanged() {
        supervisor.tell(new DeviceSupervisor.ConfigChanged(generation));
    }

    @Override
    public void hostFailed(Throwable cause) {
        supervisor.tell(new DeviceSupervisor.HostFailed(cause, generation));
    }
}
