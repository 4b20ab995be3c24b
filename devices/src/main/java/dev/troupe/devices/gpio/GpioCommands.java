package dev.troupe.devices.gpio;

import dev.troupe.actors.device.Conversation;
import dev.troupe.actors.device.DeviceCommand;
import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.devices.operator.LoopCall;
import dev.troupe.transport.sys.SysException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What operators may ask of a device's lines. Threads that may block. */
final class GpioCommands {
    private static final List<String> DIRECTIONS = List.of("unused", "output", "input");
    private static final Map<Integer, String> IRQ_TYPES = Map.of(
            GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_RISING, " rising",
            GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_FALLING, " falling",
            GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH, " both",
            GpioWire.VIRTIO_GPIO_IRQ_TYPE_LEVEL_HIGH, " level-high",
            GpioWire.VIRTIO_GPIO_IRQ_TYPE_LEVEL_LOW, " level-low");

    private final List<GuestLine> lines;
    private final LineControl control;
    private final Watchers watchers;
    private final DeviceContext context;

    /** Waveforms that play; loop thread only. */
    private final Map<SimulatedLine, Wave> waves = new HashMap<>();

    GpioCommands(List<GuestLine> lines, LineControl control, Watchers watchers, DeviceContext context) {
        this.lines = lines;
        this.control = control;
        this.watchers = watchers;
        this.context = context;
    }

    static List<DeviceCommand> all() {
        return List.of(
                new DeviceCommand("get", "[LINE]", "Shows a line's level, or all that is known of all lines."),
                new DeviceCommand("set", "LINE 0|1", "Gives a line of a simulated chip a level."),
                new DeviceCommand(
                        "wave",
                        "LINE \"LEVEL TIME …\" [repeat] | LINE stop",
                        "Gives a line of a simulated chip one level after the other."),
                new DeviceCommand(
                        "watch", "[LINE…]", "Shows changes of lines as they happen.", DeviceCommand.Kind.STREAM));
    }

    String answer(String verb, List<String> arguments) throws DeviceException {
        return switch (verb) {
            case "get" -> arguments.isEmpty() ? showAll() : level(line(arguments.getFirst())) + "\n";
            case "set" -> set(arguments);
            case "wave" -> wave(arguments);
            default -> throw new DeviceException("A GPIO device knows no command '" + verb + "'.");
        };
    }

    Conversation watch(List<String> arguments) throws DeviceException {
        Set<GuestLine> watched = new HashSet<>();
        for (String argument : arguments) {
            watched.add(line(argument));
        }
        return new LineWatch(
                arguments.isEmpty() ? Set.copyOf(lines) : watched,
                lines,
                watch -> context.loop().execute(() -> begin(watch)),
                watch -> context.loop().execute(() -> finish(watch)));
    }

    private void begin(LineWatch watch) {
        boolean first = !watchers.any();
        watchers.add(watch);
        if (first) {
            control.watchEdges(true);
        }
    }

    private void finish(LineWatch watch) {
        watchers.remove(watch);
        if (!watchers.any()) {
            control.watchEdges(false);
        }
    }

    private String showAll() throws DeviceException {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < lines.size(); i++) {
            GuestLine line = lines.get(i);
            String use = onLoop(() -> DIRECTIONS.get(line.direction) + IRQ_TYPES.getOrDefault(line.irqType, ""));
            text.append("%4d %-20s %s %-20s (%s)%n"
                    .formatted(i, line.name.isEmpty() ? "-" : line.name, level(line), use, line.chip.name()));
        }
        return text.toString();
    }

    private static String level(GuestLine line) throws DeviceException {
        try {
            return line.chip.get() ? "1" : "0";
        } catch (SysException | IllegalStateException e) {
            throw new DeviceException("The line cannot be read: " + e.getMessage() + ".", e);
        }
    }

    private String set(List<String> arguments) throws DeviceException {
        if (arguments.size() != 2 || !List.of("0", "1").contains(arguments.get(1))) {
            throw new DeviceException("Say which line, and the level: set LINE 0|1.");
        }
        SimulatedLine line = simulated(arguments.getFirst());
        onLoop(() -> replaceWave(line, null));
        if (!line.put(arguments.get(1).equals("1"))) {
            throw new DeviceException("A guest drives this line.");
        }
        return "";
    }

    private String wave(List<String> arguments) throws DeviceException {
        if (arguments.size() < 2) {
            throw new DeviceException("Say which line, and the levels: wave LINE \"1 10ms 0 10ms\" [repeat].");
        }
        SimulatedLine line = simulated(arguments.getFirst());
        if (arguments.get(1).equals("stop")) {
            onLoop(() -> replaceWave(line, null));
            return "";
        }
        boolean repeats = arguments.getLast().equals("repeat");
        Wave wave = Wave.parse(String.join(" ", arguments.subList(1, arguments.size() - (repeats ? 1 : 0))), repeats);
        onLoop(() -> replaceWave(line, wave));
        return "";
    }

    private boolean replaceWave(SimulatedLine line, @Nullable Wave wave) {
        Wave before = waves.remove(line);
        if (before != null) {
            before.stop();
        }
        if (wave != null) {
            waves.put(line, wave);
            wave.play(line, context.loop());
        }
        return true;
    }

    private GuestLine line(String named) throws DeviceException {
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).name.equals(named) || Integer.toString(i).equals(named)) {
                return lines.get(i);
            }
        }
        throw new DeviceException("There is no line '" + named + "'; 'get' shows all.");
    }

    private SimulatedLine simulated(String named) throws DeviceException {
        if (line(named).chip instanceof SimulatedLine simulated) {
            return simulated;
        }
        throw new DeviceException("Only lines of a simulated chip can be set.");
    }

    private <T> T onLoop(LoopCall.Work<T> work) throws DeviceException {
        return new LoopCall(context.loop()).call(work);
    }

    /**
     * The device closes: waveforms end, and so do watches.
     *
     * @throws DeviceException if the loop does not answer
     */
    void close() throws DeviceException {
        onLoop(() -> {
            waves.values().forEach(Wave::stop);
            waves.clear();
            watchers.end();
            return true;
        });
    }
}
