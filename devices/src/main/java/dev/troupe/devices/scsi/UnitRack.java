package dev.troupe.devices.scsi;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.devices.storage.StorageSettings;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;

/**
 * The logical units of one device: those of its configuration, without those that an operator removed and with those that one
 * added. Any thread; what opens or closes a unit may block.
 */
final class UnitRack implements AutoCloseable {
    private static final String ADD = "add";
    private static final String REMOVE = "remove";

    private final ScsiDevice device;
    private final DeviceContext context;
    private final List<LunSettings> configured;
    private volatile UnitTable table = UnitTable.EMPTY;

    /** The indexes of all nexuses, also of those that queues have not left yet. */
    private final BitSet indexes = new BitSet();

    /** Removed, but not yet left by all queues. */
    private final List<Nexus> leaving = new ArrayList<>();

    /** What operators did, each a verb, a name, and what followed. */
    private volatile List<List<String>> orders = List.of();

    UnitRack(ScsiDevice device, ScsiSettings settings, DeviceContext context) {
        this.device = device;
        this.context = context;
        this.configured = settings.units();
    }

    UnitTable table() {
        return table;
    }

    List<List<String>> orders() {
        return orders;
    }

    /** The units as they are now, to be kept. */
    List<ScsiState.Unit> state() {
        return table.all().stream()
                .map(nexus -> new ScsiState.Unit(
                        nexus.unit().settings().name(),
                        nexus.address(),
                        nexus.unit().state()))
                .toList();
    }

    /**
     * Opens the units.
     *
     * @param known what was kept of them, if they were open before
     * @throws DeviceException if one that is configured cannot be had; then none is open
     */
    synchronized void open(Optional<ScsiState> known) throws DeviceException {
        orders = known.map(ScsiState::orders).orElse(List.of());
        List<ScsiState.Unit> before = known.map(ScsiState::units).orElse(List.of());
        try {
            for (LunSettings unit : configured) {
                if (!orders.contains(List.of(REMOVE, unit.name()))) {
                    place(unit, before);
                }
            }
            for (List<String> order : orders) {
                if (order.get(0).equals(ADD)) {
                    placeAgain(order, before);
                }
            }
        } catch (DeviceException | RuntimeException e) {
            close();
            throw e;
        }
        if (known.isEmpty()) {
            table.all().forEach(Nexus::reset);
        } else if (!places(before).equals(places(state()))) {
            device.events().tellMissed();
            table.all().forEach(nexus -> nexus.raise(Sense.REPORTED_LUNS_DATA_HAS_CHANGED));
        }
    }

    private static Set<List<Object>> places(List<ScsiState.Unit> units) {
        Set<List<Object>> places = new HashSet<>();
        units.forEach(unit -> places.add(List.of(unit.name(), unit.address())));
        return places;
    }

    /** A unit that an operator had added: that it is gone from the host must not keep the others away. */
    private void placeAgain(List<String> order, List<ScsiState.Unit> before) {
        String name = order.get(1);
        try {
            requireFree(name, settings(name, order.subList(2, order.size())).address());
            place(settings(name, order.subList(2, order.size())), before);
        } catch (DeviceException e) {
            context.log().warn("The unit {}, which was added, cannot be had any more: {}", name, e.getMessage());
        }
    }

    private LunSettings settings(String name, List<String> arguments) throws DeviceException {
        DeviceSettings given = LunArguments.parse(name, arguments);
        return LunSettings.of(context.name(), given);
    }

    private Nexus place(LunSettings settings, List<ScsiState.Unit> before) throws DeviceException {
        LogicalUnit unit = settings.shared() ? shared(settings) : new LogicalUnit(settings, context);
        before.stream()
                .filter(known -> known.name().equals(settings.name()))
                .forEach(known -> unit.offer(known.state()));
        Nexus nexus = new Nexus(context.name(), indexes.nextClearBit(0), settings.address(), unit, device);
        unit.join(nexus);
        indexes.set(nexus.index());
        table = table.with(nexus);
        return nexus;
    }

    private LogicalUnit shared(LunSettings settings) throws DeviceException {
        String image = settings.storage()
                .path()
                .orElseThrow()
                .toAbsolutePath()
                .normalize()
                .toString();
        LogicalUnit unit =
                context.share("unit of " + image, LogicalUnit.class, () -> new LogicalUnit(settings, context));
        if (!unit.settings().isSameUnit(settings) && !unit.resettle(settings)) {
            throw new DeviceException("Another device shares " + image + " with other settings of the unit; make them"
                    + " the same but for its name, target and LUN.");
        }
        return unit;
    }

    private void requireFree(String name, int address) throws DeviceException {
        if (table.named(name).isPresent()) {
            throw new DeviceException("There is a unit " + name + " already.");
        }
        if (table.find(address) != null) {
            throw new DeviceException("There is a unit at this target and LUN already.");
        }
        if (table.all().size() >= ScsiSettings.MAX_UNITS) {
            throw new DeviceException("A device has at most " + ScsiSettings.MAX_UNITS + " units.");
        }
    }

    /**
     * A unit comes; the guest is told.
     *
     * @param arguments its options; none for one of the configuration that was removed
     */
    synchronized void add(String name, List<String> arguments) throws DeviceException {
        Optional<LunSettings> removed = configured.stream()
                .filter(unit -> unit.name().equals(name) && arguments.isEmpty())
                .findFirst();
        LunSettings settings = removed.isPresent() ? removed.get() : settings(name, arguments);
        if (removed.isEmpty()
                && configured.stream().anyMatch(unit -> unit.name().equals(name))) {
            throw new DeviceException("The configuration has a unit " + name + "; add it without options.");
        }
        if (removed.isEmpty() && settings.storage().backEnd() == StorageSettings.BackEnd.MEMORY) {
            throw new DeviceException("A unit in memory must stand in the configuration.");
        }
        requireFree(name, settings.address());
        Nexus nexus = place(settings, List.of());
        nexus.raise(Sense.POWER_ON_OR_RESET_OCCURRED);
        order(name, removed.isPresent() ? List.of() : order(ADD, name, arguments));
        device.events().added(nexus.address());
        lunsChanged(nexus);
    }

    /** A unit goes; the guest is told. It is closed when nobody works with it any more. */
    synchronized void remove(String name) throws DeviceException {
        Nexus nexus = named(name);
        table = table.without(nexus);
        boolean isConfigured = configured.stream().anyMatch(unit -> unit.name().equals(name));
        order(name, isConfigured ? List.of(REMOVE, name) : List.of());
        device.events().removed(nexus.address());
        lunsChanged(nexus);
        leaving.add(nexus);
        device.tasks().leave(nexus, () -> left(nexus));
    }

    private static List<String> order(String verb, String name, List<String> arguments) {
        List<String> order = new ArrayList<>(List.of(verb, name));
        order.addAll(arguments);
        return order;
    }

    /** The newest order for a unit is the only one that counts; none at all if it is empty. */
    private void order(String name, List<String> newest) {
        List<List<String>> now = new ArrayList<>(orders);
        now.removeIf(order -> order.get(1).equals(name));
        if (!newest.isEmpty()) {
            now.add(List.copyOf(newest));
        }
        orders = List.copyOf(now);
        device.unitsChanged();
    }

    private void lunsChanged(Nexus but) {
        table.ofTarget(LunAddress.target(but.address())).stream()
                .filter(nexus -> nexus != but)
                .forEach(nexus -> nexus.raise(Sense.REPORTED_LUNS_DATA_HAS_CHANGED));
    }

    /** No queue works with it any more. On a loop, so what may block is done elsewhere. */
    private void left(Nexus nexus) {
        try {
            context.blocking().execute(() -> part(nexus));
        } catch (RejectedExecutionException e) {
            // The daemon ends; nobody is waited for any more.
            part(nexus);
        }
    }

    private synchronized void part(Nexus nexus) {
        if (leaving.remove(nexus)) {
            indexes.clear(nexus.index());
            nexus.unit().part(nexus);
        }
    }

    Nexus named(String name) throws DeviceException {
        return table.named(name).orElseThrow(() -> new DeviceException("There is no unit '" + name + "'."));
    }

    @Override
    public synchronized void close() {
        table.all().forEach(nexus -> nexus.unit().part(nexus));
        leaving.forEach(nexus -> nexus.unit().part(nexus));
        leaving.clear();
        table = UnitTable.EMPTY;
    }
}
