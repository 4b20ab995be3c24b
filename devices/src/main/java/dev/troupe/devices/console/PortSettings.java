package dev.troupe.devices.console;

import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.Option;
import dev.troupe.actors.device.Problem;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The options of one port, read.
 *
 * @param name what the guest finds as its name
 * @param number its number; the next free one if absent
 * @param console whether the guest makes a terminal of it
 * @param target who is at the host's end beside operators
 * @param path the socket, file, or link to the pseudo-terminal
 * @param address where TCP connections are accepted
 * @param holdsGuest whether the guest waits for a target that does not take what it writes
 */
record PortSettings(
        String name,
        Optional<Integer> number,
        boolean console,
        Target target,
        Optional<Path> path,
        Optional<InetSocketAddress> address,
        boolean holdsGuest) {

    /** Who is at the host's end. */
    enum Target {
        LOG,
        UNIX,
        TCP,
        PTY,
        FILE;

        /** Whether the guest hears of it when somebody comes or goes. */
        boolean comesAndGoes() {
            return this == UNIX || this == TCP;
        }
    }

    private static final int MAX_NAME_BYTES = 64;
    private static final int MAX_TCP_PORT = 65535;

    static final Option<Long> NUMBER = Option.integer("number", 0, ConsoleSettings.MOST_PORTS - 1L);
    static final Option<Boolean> CONSOLE = Option.bool("console");
    static final Option<String> TARGET = Option.choice("target", "log", "unix", "tcp", "pty", "file");
    static final Option<Path> PATH = Option.path("path");
    static final Option<String> ADDRESS = Option.string("address");
    static final Option<String> WHEN_FULL = Option.choice("when-full", "drop", "wait");

    /** The port of a console for which none is configured. */
    static PortSettings only() {
        return new PortSettings("console", Optional.of(0), true, Target.LOG, Optional.empty(), Optional.empty(), false);
    }

    static Option<?>[] options() {
        return new Option<?>[] {NUMBER, CONSOLE, TARGET, PATH, ADDRESS, WHEN_FULL};
    }

    static PortSettings of(String name, DeviceSettings settings) {
        return new PortSettings(
                name,
                settings.find(NUMBER).map(Math::toIntExact),
                settings.get(CONSOLE),
                target(settings),
                settings.find(PATH),
                settings.find(ADDRESS).flatMap(PortSettings::address),
                settings.get(WHEN_FULL).equals("wait"));
    }

    private static Target target(DeviceSettings settings) {
        return switch (settings.get(TARGET)) {
            case "unix" -> Target.UNIX;
            case "tcp" -> Target.TCP;
            case "pty" -> Target.PTY;
            case "file" -> Target.FILE;
            default -> Target.LOG;
        };
    }

    /** What is wrong with a port; {@code where} is put before the names of its options. */
    static void check(String name, DeviceSettings settings, String where, List<Problem> problems) {
        Target target = target(settings);
        boolean hasPath = settings.find(PATH).isPresent();
        if ((target == Target.UNIX || target == Target.FILE) && !hasPath) {
            problems.add(new Problem(where + PATH.name(), "This target needs the path of its socket or file."));
        }
        if ((target == Target.LOG || target == Target.TCP) && hasPath) {
            problems.add(new Problem(where + PATH.name(), "Only the targets unix, file and pty have a path."));
        }
        Optional<String> address = settings.find(ADDRESS);
        if (target == Target.TCP && address.flatMap(PortSettings::address).isEmpty()) {
            problems.add(new Problem(
                    where + ADDRESS.name(), "A TCP target needs an address and a port, such as 127.0.0.1:4555."));
        }
        if (target != Target.TCP && address.isPresent()) {
            problems.add(new Problem(where + ADDRESS.name(), "Only the target tcp has an address."));
        }
        if (name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES) {
            problems.add(new Problem(where + NUMBER.name(), "A port's name has at most " + MAX_NAME_BYTES + " bytes."));
        }
    }

    private static Optional<InetSocketAddress> address(String text) {
        int colon = text.lastIndexOf(':');
        try {
            int port = colon <= 0 ? -1 : Integer.parseInt(text.substring(colon + 1));
            return port < 0 || port > MAX_TCP_PORT
                    ? Optional.empty()
                    : Optional.of(InetSocketAddress.createUnresolved(text.substring(0, colon), port));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
