package dev.troupe.devices.vsock;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What the options of a socket device say now, and the addresses of the TCP targets among them. Changed on the device's event
 * loop.
 */
final class CurrentSettings {
    private final DeviceContext context;

    /** Siblings look at it from loops of their own. */
    private volatile VsockSettings settings;

    /** Of every TCP target that the ports of {@link #settings} name, and of no other. */
    private Map<Target.Tcp, InetSocketAddress> addresses;

    /** What was asked for last; hosts of its ports may still be looked up. */
    private VsockSettings wanted;

    private CurrentSettings(
            VsockSettings settings, Map<Target.Tcp, InetSocketAddress> addresses, DeviceContext context) {
        this.settings = settings;
        this.addresses = addresses;
        this.wanted = settings;
        this.context = context;
    }

    /**
     * Looks names up; may block.
     *
     * @throws DeviceException if one is not known
     */
    static CurrentSettings open(VsockSettings settings, DeviceContext context) throws DeviceException {
        Map<Target.Tcp, InetSocketAddress> addresses = new HashMap<>();
        for (Target.Tcp target : targets(settings)) {
            addresses.put(target, target.resolve());
        }
        return new CurrentSettings(settings, addresses, context);
    }

    private static Set<Target.Tcp> targets(VsockSettings settings) {
        Set<Target.Tcp> targets = new HashSet<>();
        for (Target target : settings.ports().values()) {
            if (target instanceof Target.Tcp tcp) {
                targets.add(tcp);
            }
        }
        return targets;
    }

    /** What counts for whatever begins now; any thread. */
    VsockSettings now() {
        return settings;
    }

    /** The address of a target that the ports name now; on the loop. */
    InetSocketAddress address(Target.Tcp target) {
        return Objects.requireNonNull(addresses.get(target));
    }

    /**
     * The options say something else. All counts at once but for ports that lead to hosts whose names have to be looked up:
     * until that is done, and if it fails, they lead where they led. On the loop.
     */
    void change(VsockSettings to) {
        wanted = to;
        Map<Target.Tcp, InetSocketAddress> known = new HashMap<>(addresses);
        Set<Target.Tcp> names = targets(to);
        names.forEach(target -> target.addressWithoutLookUp().ifPresent(address -> known.put(target, address)));
        names.removeAll(known.keySet());
        take(to, known);
        if (!names.isEmpty()) {
            context.blocking().execute(() -> lookUp(to, names));
        }
    }

    private void lookUp(VsockSettings to, Set<Target.Tcp> names) {
        Map<Target.Tcp, InetSocketAddress> answers = new HashMap<>();
        names.forEach(target -> answers.put(target, target.lookUp()));
        context.loop().execute(() -> lookedUp(to, answers));
    }

    private void lookedUp(VsockSettings to, Map<Target.Tcp, InetSocketAddress> answers) {
        if (!to.equals(wanted)) {
            // Another change came meanwhile, and looked up what it needed.
            return;
        }
        Map<Target.Tcp, InetSocketAddress> known = new HashMap<>(addresses);
        answers.forEach((target, address) -> {
            if (address.isUnresolved()) {
                context.log()
                        .warn(
                                "{} Until another change, ports that should lead there lead where they led before.",
                                target.problem());
            } else {
                known.put(target, address);
            }
        });
        take(to, known);
    }

    private void take(VsockSettings to, Map<Target.Tcp, InetSocketAddress> known) {
        Map<Integer, Target> former = settings.ports();
        Map<Integer, Target> ports = new HashMap<>(to.ports());
        to.ports().forEach((port, target) -> {
            if (target instanceof Target.Tcp tcp && !known.containsKey(tcp)) {
                ports.remove(port);
                if (former.containsKey(port)) {
                    ports.put(port, former.get(port));
                }
            }
        });
        known.keySet().retainAll(ports.values());
        addresses = known;
        settings = to.withPorts(ports);
    }
}
