package dev.troupe.devices.console;

import dev.troupe.actors.device.Conversation;
import dev.troupe.actors.device.DeviceCommand;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.devices.operator.LoopCall;
import dev.troupe.transport.loop.EventLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.util.List;
import java.util.function.Consumer;

/** What operators can do at a console. */
final class ConsoleCommands {
    private static final List<DeviceCommand> ALL = List.of(
            new DeviceCommand(
                    "attach",
                    "[PORT]",
                    "Shows what the guest wrote last and joins in, at port 0 or the one of this name or number.",
                    DeviceCommand.Kind.TERMINAL),
            new DeviceCommand("log", "[PORT]", "Shows what the guest wrote last.", DeviceCommand.Kind.STREAM),
            new DeviceCommand("ports", "", "Says how each port stands."),
            new DeviceCommand("resize", "COLUMNS ROWS", "Tells the guest the size of its terminals."));

    /** So much of a log is copied before others on the loop have their turn. */
    private static final int LOG_PIECE_BYTES = 64 << 10;

    private final List<Port> ports;
    private final List<PortTarget> targets;
    private final Control control;
    private final Consumer<ScreenSize.Cells> resize;
    private final EventLoop loop;
    private final LoopCall calls;

    ConsoleCommands(
            List<Port> ports,
            List<PortTarget> targets,
            Control control,
            Consumer<ScreenSize.Cells> resize,
            EventLoop loop) {
        this.ports = ports;
        this.targets = targets;
        this.control = control;
        this.resize = resize;
        this.loop = loop;
        this.calls = new LoopCall(loop);
    }

    static List<DeviceCommand> all() {
        return ALL;
    }

    String command(String verb, List<String> arguments) throws DeviceException {
        return switch (verb) {
            case "ports" -> calls.call(this::describe);
            case "resize" -> resize(arguments);
            default -> throw new DeviceException("A console knows no command '" + verb + "'.");
        };
    }

    private String describe() {
        StringBuilder text = new StringBuilder();
        for (Port port : ports) {
            text.append(port.number())
                    .append(' ')
                    .append(port.settings().name())
                    .append(port.settings().console() ? " (terminal): " : ": ")
                    .append(targets.get(port.number()).describe())
                    .append(", guest ")
                    .append(port.guestOpen() ? "open" : control.isReady(port) ? "closed" : "not there")
                    .append(", ")
                    .append(port.visitors())
                    .append(" visitors, ")
                    .append(port.silentVisitors())
                    .append(" of them silent, ")
                    .append(port.log().written())
                    .append(" bytes from the guest, ")
                    .append(port.waitingBytes())
                    .append(" that it has not taken\n");
        }
        return text.toString().stripTrailing();
    }

    private String resize(List<String> arguments) throws DeviceException {
        if (arguments.size() != 2) {
            throw new DeviceException("It is 'resize COLUMNS ROWS'.");
        }
        ScreenSize.Cells cells = new ScreenSize.Cells(number(arguments.get(0)), number(arguments.get(1)));
        return calls.call(() -> {
            resize.accept(cells);
            return "";
        });
    }

    private static int number(String text) throws DeviceException {
        try {
            int number = Integer.parseInt(text);
            if (number >= 1 && number <= ConsoleSettings.MOST_CELLS) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw new DeviceException(
                "'" + text + "' is no number of columns or rows from 1 to " + ConsoleSettings.MOST_CELLS + ".");
    }

    Conversation converse(String verb, List<String> arguments) throws DeviceException {
        Port port = port(verb, arguments);
        return switch (verb) {
            case "attach" -> operator -> new Visit(port, loop, operator).stay(true, false);
            case "log" -> operator -> showLog(port, operator);
            default -> throw new DeviceException("A console knows no command '" + verb + "'.");
        };
    }

    private Port port(String verb, List<String> arguments) throws DeviceException {
        if (arguments.size() > 1) {
            throw new DeviceException("It is '" + verb + " [PORT]'.");
        }
        if (arguments.isEmpty()) {
            return ports.getFirst();
        }
        String wanted = arguments.getFirst();
        for (Port port : ports) {
            if (port.settings().name().equals(wanted)
                    || Integer.toString(port.number()).equals(wanted)) {
                return port;
            }
        }
        throw new DeviceException("There is no port '" + wanted + "'; there are "
                + String.join(
                        ", ", ports.stream().map(port -> port.settings().name()).toList()) + ".");
    }

    private void showLog(Port port, ByteChannel operator) throws IOException, DeviceException {
        ByteBuffer piece = ByteBuffer.allocate(Math.min(port.log().capacity(), LOG_PIECE_BYTES));
        long end = calls.call(() -> port.log().written());
        long next = 0;
        while (next < end) {
            long wanted = next;
            long from = calls.call(() -> {
                long there = Math.max(wanted, port.log().oldest());
                port.log().read(there, piece.clear());
                return there;
            });
            next = from + piece.position();
            piece.flip();
            while (piece.hasRemaining()) {
                operator.write(piece);
            }
        }
    }
}
