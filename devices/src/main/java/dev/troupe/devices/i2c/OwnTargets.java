package dev.troupe.devices.i2c;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.Sections;
import dev.troupe.devices.i2c.model.I2cModel;
import dev.troupe.devices.i2c.model.I2cModelType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

/** The simulated targets that one device brings along to a bus, while it is open. */
final class OwnTargets implements AutoCloseable {
    private final SimulatedBus bus;
    private final List<SimulatedBus.Target> targets = new ArrayList<>();
    private final List<ModelMemory> memories = new ArrayList<>();

    private OwnTargets(SimulatedBus bus) {
        this.bus = bus;
    }

    /** Makes the targets that a configuration describes, and connects them. */
    static OwnTargets attach(SimulatedBus bus, Sections described, DeviceContext context) throws DeviceException {
        OwnTargets own = new OwnTargets(bus);
        try {
            for (DeviceSettings settings : described.byName().values()) {
                own.add(settings, context);
            }
            return own;
        } catch (DeviceException | RuntimeException e) {
            own.close();
            throw e;
        }
    }

    /** The kind of target of this name. */
    static Optional<I2cModelType> type(String name) {
        return types().stream().filter(type -> type.name().equals(name)).findFirst();
    }

    /** All kinds of targets. */
    static List<I2cModelType> types() {
        return ServiceLoader.load(I2cModelType.class, OwnTargets.class.getClassLoader()).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
    }

    private void add(DeviceSettings settings, DeviceContext context) throws DeviceException {
        String kind = settings.get(I2cSettings.MODEL);
        int address = TargetAddress.parse(settings.get(I2cSettings.ADDRESS)).orElseThrow();
        ModelMemory memory = new ModelMemory(settings, context);
        memories.add(memory);
        I2cModel model = type(kind).orElseThrow().create(memory);
        SimulatedBus.Target target = new SimulatedBus.Target(settings.name(), kind, address, model);
        bus.attach(target);
        targets.add(target);
    }

    @Override
    public void close() {
        targets.forEach(bus::detach);
        memories.forEach(ModelMemory::close);
    }
}
