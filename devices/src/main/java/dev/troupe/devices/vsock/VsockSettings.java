package dev.troupe.devices.vsock;

import dev.troupe.actors.device.ChangeEffect;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.Option;
import dev.troupe.actors.device.Problem;
import dev.troupe.actors.device.Sections;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The options of a socket device, read.
 *
 * @param guestCid the guest's CID, unsigned
 * @param udsPath where the host connects to ports of the guest, and the beginning of the paths where the guest's connections
 *     to the host go
 * @param seqpacketPath the same for sockets that keep messages apart
 * @param groups whose members it can reach
 * @param ports where connections to ports of the host go, by unsigned port
 * @param listeners where the host listens for one port of the guest's each
 * @param maxConnections how many connections there are at most
 * @param bufferBytes room for what a connection's far end has not taken yet
 * @param budgetBytes how much room is promised to all connections before new ones get little
 * @param connectTimeout how long either side may take to accept a connection
 */
record VsockSettings(
        int guestCid,
        Optional<Path> udsPath,
        Optional<Path> seqpacketPath,
        Set<String> groups,
        Map<Integer, Target> ports,
        List<Listener> listeners,
        int maxConnections,
        int bufferBytes,
        long budgetBytes,
        Duration connectTimeout) {

    /** Copies what could change. */
    VsockSettings {
        groups = Set.copyOf(groups);
        ports = Map.copyOf(ports);
        listeners = List.copyOf(listeners);
    }

    /** As many connections as a device may ever have. */
    static final int MOST_CONNECTIONS = 65_536;

    /** The room of a connection when the budget is spent. */
    static final int LEAST_WINDOW = 16 << 10;

    /**
     * A place of the host that listens for the guest.
     *
     * @param where what connects to it
     * @param guestPort the guest's port, unsigned
     */
    record Listener(Target where, int guestPort) {}

    static final Option<Long> GUEST_CID = Option.integer("guest-cid", VsockWire.CID_FIRST_GUEST, VsockWire.CID_ANY - 1)
            .asRequired()
            .changing(ChangeEffect.GUEST_VISIBLE);

    // A change of these two and of LISTEN is a restart: listening may fail, and only a restart is taken back then.
    static final Option<Path> UDS_PATH = Option.path("uds-path");
    static final Option<Path> SEQPACKET_PATH = Option.path("seqpacket-path");
    static final Option<List<String>> GROUPS = Option.strings("groups").changing(ChangeEffect.LIVE);
    private static final Option<Path> UNIX = Option.path("unix");
    private static final Option<String> TCP = Option.string("tcp");
    private static final Option<List<String>> COMMAND = Option.strings("command");
    private static final Option<Long> PORT = Option.integer("port", 0, VsockWire.PORT_LAST);
    static final Option<Sections> PORTS =
            Option.sections("ports", UNIX, TCP, COMMAND).changing(ChangeEffect.LIVE);
    static final Option<Sections> LISTEN = Option.sections("listen", PORT, UNIX, TCP);
    static final Option<Long> MAX_CONNECTIONS =
            Option.integer("max-connections", 1, MOST_CONNECTIONS).changing(ChangeEffect.LIVE);
    static final Option<Long> BUFFER_SIZE =
            Option.bytes("buffer-size", LEAST_WINDOW, 16 << 20).changing(ChangeEffect.LIVE);
    static final Option<Long> BUFFER_BUDGET =
            Option.bytes("buffer-budget", 0, 1L << 40).changing(ChangeEffect.LIVE);
    static final Option<Duration> CONNECT_TIMEOUT = Option.duration(
                    "connect-timeout", Duration.ofMillis(1), Duration.ofMinutes(10))
            .changing(ChangeEffect.LIVE);

    /** All options, in the order in which they are shown. */
    static List<Option<?>> options() {
        return List.of(
                GUEST_CID,
                UDS_PATH,
                SEQPACKET_PATH,
                PORTS,
                LISTEN,
                GROUPS,
                MAX_CONNECTIONS,
                BUFFER_SIZE,
                BUFFER_BUDGET,
                CONNECT_TIMEOUT);
    }

    static VsockSettings of(DeviceSettings settings) {
        List<Problem> ignored = new ArrayList<>();
        return new VsockSettings(
                (int) (long) settings.get(GUEST_CID),
                settings.find(UDS_PATH),
                settings.find(SEQPACKET_PATH),
                Set.copyOf(settings.get(GROUPS)),
                ports(settings, ignored),
                listeners(settings, ignored),
                Math.toIntExact(settings.get(MAX_CONNECTIONS)),
                Math.toIntExact(settings.get(BUFFER_SIZE)),
                settings.get(BUFFER_BUDGET),
                settings.get(CONNECT_TIMEOUT));
    }

    /** These settings, but with other ports. */
    VsockSettings withPorts(Map<Integer, Target> others) {
        return new VsockSettings(
                guestCid,
                udsPath,
                seqpacketPath,
                groups,
                others,
                listeners,
                maxConnections,
                bufferBytes,
                budgetBytes,
                connectTimeout);
    }

    /** What single options cannot tell. */
    static List<Problem> check(DeviceSettings settings) {
        List<Problem> problems = new ArrayList<>();
        ports(settings, problems);
        listeners(settings, problems);
        return problems;
    }

    private static Map<Integer, Target> ports(DeviceSettings settings, List<Problem> problems) {
        Map<Integer, Target> ports = new HashMap<>();
        settings.find(PORTS).map(Sections::byName).orElse(Map.of()).forEach((name, section) -> {
            Optional<Integer> port = port(name);
            Optional<Target> target = target(section);
            if (port.isEmpty()) {
                problems.add(new Problem(
                        PORTS.name(), "'" + name + "' is no port; a port is a number from 0 to 4294967294."));
            } else if (target.isEmpty()) {
                problems.add(new Problem(
                        PORTS.name(),
                        "Port " + name + " needs one of unix, tcp (host:port) and command (an absolute path and"
                                + " arguments)."));
            } else {
                ports.put(port.get(), target.get());
            }
        });
        return ports;
    }

    private static List<Listener> listeners(DeviceSettings settings, List<Problem> problems) {
        List<Listener> listeners = new ArrayList<>();
        settings.find(LISTEN).map(Sections::byName).orElse(Map.of()).forEach((name, section) -> {
            Optional<Long> port = section.find(PORT);
            Optional<Target> target = target(section);
            if (port.isEmpty() || target.isEmpty()) {
                problems.add(new Problem(
                        LISTEN.name(),
                        "'" + name + "' needs a port of the guest, and one of unix and tcp (host:port)."));
            } else {
                listeners.add(new Listener(target.get(), (int) (long) port.get()));
            }
        });
        return listeners;
    }

    private static Optional<Integer> port(String name) {
        try {
            long port = Long.parseLong(name);
            return port >= 0 && port <= VsockWire.PORT_LAST ? Optional.of((int) port) : Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static Optional<Target> target(DeviceSettings section) {
        List<Target> targets = new ArrayList<>();
        section.find(UNIX).ifPresent(path -> targets.add(new Target.Unix(path)));
        section.find(TCP).ifPresent(text -> Target.Tcp.parse(text).ifPresent(targets::add));
        section.find(COMMAND)
                .filter(command -> !command.isEmpty())
                .ifPresent(command -> targets.add(new Target.Command(command)));
        boolean absolute = targets.stream().noneMatch(t -> t instanceof Target.Command c && !c.isAbsolute());
        return targets.size() == 1 && absolute ? Optional.of(targets.getFirst()) : Optional.empty();
    }
}
