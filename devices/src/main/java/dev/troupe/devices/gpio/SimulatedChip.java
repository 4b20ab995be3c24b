package dev.troupe.devices.gpio;

import dev.troupe.actors.device.DeviceException;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * A chip that this daemon simulates, shared by the devices that name it. It has whatever lines they name. Lines that are wired
 * together have one level: low if anybody drives it low, high if anybody drives it high, otherwise what it was. So nobody sees a
 * change while a device that drives one is restarted. Any thread; nothing blocks.
 */
final class SimulatedChip implements AutoCloseable {
    private final LineClaims claims;
    private final Map<String, SimulatedLine> lines = new HashMap<>();

    SimulatedChip(String name) {
        this.claims = new LineClaims("simulated chip " + name);
    }

    /** Gives a line to a device. */
    SimulatedLine claim(String name, String device) throws DeviceException {
        claims.claim(name, device);
        return line(name);
    }

    private synchronized SimulatedLine line(String name) {
        return lines.computeIfAbsent(name, _ -> new SimulatedLine(this, name));
    }

    /** Takes a line back; nobody drives it any more, and its level stays. */
    void release(SimulatedLine line) {
        change(line, () -> line.driven = false);
        claims.release(line.name());
    }

    /** Connects two lines. */
    synchronized void wire(String one, String other) {
        SimulatedLine first = line(one);
        SimulatedLine second = line(other);
        first.wired.add(second);
        second.wired.add(first);
        settle(first);
    }

    /** Disconnects two lines. */
    synchronized void unwire(String one, String other) {
        SimulatedLine first = line(one);
        SimulatedLine second = line(other);
        first.wired.remove(second);
        second.wired.remove(first);
        settle(first);
        settle(second);
    }

    synchronized void change(SimulatedLine line, Runnable change) {
        change.run();
        settle(line);
    }

    synchronized boolean put(SimulatedLine line, boolean high) {
        Set<SimulatedLine> net = net(line);
        if (net.stream().anyMatch(each -> each.driven)) {
            return false;
        }
        net.forEach(each -> become(each, high));
        return true;
    }

    private static void settle(SimulatedLine line) {
        Set<SimulatedLine> net = net(line);
        boolean low = net.stream().anyMatch(each -> each.driven && !each.driveHigh);
        boolean high = net.stream().anyMatch(each -> each.driven || each.high);
        net.forEach(each -> become(each, high && !low));
    }

    private static void become(SimulatedLine line, boolean high) {
        if (line.high != high) {
            line.high = high;
            line.tell(high);
        }
    }

    /** A line and all that are wired to it, also through others. */
    private static Set<SimulatedLine> net(SimulatedLine line) {
        Set<SimulatedLine> net = new LinkedHashSet<>();
        ArrayDeque<SimulatedLine> toVisit = new ArrayDeque<>();
        toVisit.add(line);
        while (!toVisit.isEmpty()) {
            SimulatedLine next = toVisit.remove();
            if (net.add(next)) {
                toVisit.addAll(next.wired);
            }
        }
        return net;
    }

    @Override
    public void close() {}
}
