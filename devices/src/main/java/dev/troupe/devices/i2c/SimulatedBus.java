package dev.troupe.devices.i2c;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.devices.i2c.model.I2cModel;
import dev.troupe.transport.sys.Errno;
import dev.troupe.transport.sys.I2cMessage;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A bus with simulated targets, which the devices that share it bring along. Any thread that may block. */
final class SimulatedBus implements I2cBus {
    private static final Logger LOG = LoggerFactory.getLogger(SimulatedBus.class);

    private final String name;
    private final TreeMap<Integer, Target> targets = new TreeMap<>();

    /**
     * A target on the bus.
     *
     * @param name what operators call it
     * @param kind the name of its type
     * @param address as {@link TargetAddress} counts
     * @param model what it does
     */
    record Target(String name, String kind, int address, I2cModel model) {}

    SimulatedBus(String name) {
        this.name = name;
    }

    @Override
    public String description() {
        return "simulated bus " + name;
    }

    /** Connects a target. */
    synchronized void attach(Target target) throws DeviceException {
        for (Target other : targets.values()) {
            if (other.address() == target.address() || other.name().equals(target.name())) {
                throw new DeviceException("There is a target '%s' at %s on %s already."
                        .formatted(other.name(), TargetAddress.format(other.address()), description()));
            }
        }
        targets.put(target.address(), target);
    }

    /** Disconnects a target; it is not used any more when this returns. */
    synchronized void detach(Target target) {
        targets.remove(target.address(), target);
    }

    @Override
    public synchronized int transfer(List<I2cMessage> messages) {
        Set<Target> addressed = new LinkedHashSet<>();
        int error = 0;
        for (int i = 0; error == 0 && i < messages.size(); i++) {
            error = deliver(messages.get(i), addressed);
        }
        for (Target target : addressed) {
            error = safely(target, () -> {
                        target.model().stop();
                        return true;
                    })
                    ? error
                    : Errno.EIO;
        }
        return error;
    }

    private int deliver(I2cMessage message, Set<Target> addressed) {
        int address = message.tenBit() ? TargetAddress.tenBit(message.address()) : message.address();
        Target target = targets.get(address);
        if (target == null) {
            return Errno.ENXIO;
        }
        addressed.add(target);
        ByteBuffer data = message.data().asByteBuffer();
        boolean acknowledged = safely(
                target,
                () -> message.read()
                        ? target.model().read(data)
                        : target.model().write(data.asReadOnlyBuffer()));
        return acknowledged ? 0 : Errno.EREMOTEIO;
    }

    /** Models are anybody's: what one throws is as if it had not answered. */
    private boolean safely(Target target, BooleanSupplier call) {
        try {
            return call.getAsBoolean();
        } catch (RuntimeException | InternalError e) {
            LOG.error("{}: the model of target '{}' failed by a bug", description(), target.name(), e);
            return false;
        }
    }

    /** Has a target do what an operator asks for. */
    synchronized String command(String verb, String target, List<String> arguments) throws DeviceException {
        for (Target candidate : targets.values()) {
            if (candidate.name().equals(target)
                    || TargetAddress.format(candidate.address()).equals(target)) {
                return candidate.model().command(verb, arguments);
            }
        }
        throw new DeviceException("There is no target '%s' on %s; it has %s."
                .formatted(
                        target,
                        description(),
                        targets.isEmpty()
                                ? "none"
                                : String.join(
                                        ", ",
                                        targets.values().stream()
                                                .map(Target::name)
                                                .toList())));
    }

    /** The targets, in the order of their addresses. */
    synchronized List<Target> targets() {
        return List.copyOf(targets.values());
    }

    /** Those who brought targets along have taken them away. */
    @Override
    public void close() {}
}
