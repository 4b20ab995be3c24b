package dev.troupe.devices.input;

import dev.troupe.actors.device.Conversation;
import dev.troupe.actors.device.DeviceCommand;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.devices.operator.LoopCall;
import dev.troupe.transport.loop.EventLoop;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;

/**
 * What operators can have an input device do. Short gestures happen at once, or are refused when the guest has not taken
 * what came before; text, scripts and recordings go at the guest's pace.
 */
final class InputCommands {
    private static final List<DeviceCommand> ALL = List.of(
            new DeviceCommand(
                    "state", "", "Says what is pressed, which lights the guest has lit, and what it has not taken."),
            new DeviceCommand(
                    "type",
                    "TEXT",
                    "Writes text on the keyboard; \\n is enter, \\t tab, \\b backspace, \\e escape.",
                    DeviceCommand.Kind.STREAM),
            new DeviceCommand("key", "KEY…", "Presses and releases keys, such as enter or ctrl-alt-delete."),
            new DeviceCommand("down", "KEY…", "Presses keys and holds them."),
            new DeviceCommand("up", "KEY…", "Releases keys."),
            new DeviceCommand("move", "DX DY", "Moves a mouse."),
            new DeviceCommand("move-to", "X Y", "Moves a tablet to a position, such as 50% 50%."),
            new DeviceCommand("click", "[BUTTON] [TIMES]", "Clicks left, right, middle, side or extra."),
            new DeviceCommand("scroll", "DOWN [RIGHT]", "Turns the wheels by so many steps."),
            new DeviceCommand("touch", "SLOT X Y", "Puts a finger down, or moves one that is down."),
            new DeviceCommand("lift", "SLOT", "Takes a finger away."),
            new DeviceCommand(
                    "script",
                    "[FILE]",
                    "Carries out a line at a time, such as 'key enter' or 'wait 500'; from the standard input without FILE.",
                    DeviceCommand.Kind.STREAM),
            new DeviceCommand("record", "", "Shows all events as they come, as evemu does.", DeviceCommand.Kind.STREAM),
            new DeviceCommand(
                    "replay",
                    "[FILE]",
                    "Repeats what was recorded, at the speed it had; from the standard input without FILE.",
                    DeviceCommand.Kind.STREAM));

    private final EventFlow flow;
    private final InputSource source;
    private final Lights lights;
    private final LoopCall loop;
    private volatile InputSettings settings;

    InputCommands(EventFlow flow, InputSource source, Lights lights, EventLoop loop, InputSettings settings) {
        this.flow = flow;
        this.source = source;
        this.lights = lights;
        this.loop = new LoopCall(loop);
        this.settings = settings;
    }

    static List<DeviceCommand> all() {
        return ALL;
    }

    void settingsChanged(InputSettings now) {
        settings = now;
    }

    String command(String verb, List<String> arguments) throws DeviceException {
        return loop.call(() -> verb.equals("state") ? state() : gesture(verb, arguments));
    }

    private String state() {
        return "Source: " + source.describe() + "\nGuest's driver: " + (flow.started() ? "running" : "not running")
                + "\nHeld: " + codes(flow.actual().held())
                + "\nTouching: " + flow.actual().contacts()
                + "\nLit by the guest: " + (lights.names().isEmpty() ? "none" : String.join(", ", lights.names()))
                + "\nEvents that the guest has not taken: " + flow.waiting()
                + "\nReports left out because it took none: " + flow.leftOut();
    }

    private static String codes(BitSet held) {
        return held.isEmpty()
                ? "none"
                : String.join(", ", held.stream().mapToObj(KeyNames::name).toList());
    }

    private String gesture(String verb, List<String> arguments) throws DeviceException {
        List<long[]> reports = gestures().of(verb, arguments);
        if (!flow.started()) {
            throw new DeviceException(Performer.NO_DRIVER);
        }
        if (!flow.hasRoomFor(reports.stream().mapToInt(report -> report.length).sum())) {
            throw new DeviceException("The guest has not taken what came before.");
        }
        reports.forEach(report -> flow.report(report, report.length));
        return "";
    }

    private Gestures gestures() {
        return new Gestures(flow.description(), flow.actual(), settings.layout());
    }

    Conversation converse(String verb, List<String> arguments) throws DeviceException {
        Performer performer = new Performer(flow, loop, this::gestures, settings.pace());
        return switch (verb) {
            case "type" -> performer.typing(String.join(" ", arguments));
            case "script" -> performer.script(file(verb, arguments));
            case "replay" -> performer.replay(file(verb, arguments));
            case "record" -> new Recorder(flow, loop);
            default -> throw new DeviceException("An input device knows no '" + verb + "'.");
        };
    }

    private static LineSource file(String verb, List<String> arguments) throws DeviceException {
        if (arguments.size() > 1) {
            throw new DeviceException("It is '" + verb + " [FILE]'.");
        }
        return arguments.isEmpty() ? LineSource.OPERATOR : LineSource.of(Path.of(arguments.getFirst()));
    }
}
