package dev.troupe.devices.gpio;

import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The wires between lines of a daemon's simulated chips, and what they make of the lines' levels. Lines that are wired together
 * have one level: low if anybody drives it low, high if anybody drives it high, otherwise what it was. So nobody sees a change
 * while a device that drives one is restarted. Any thread; nothing blocks. Its monitor guards all simulated lines.
 */
final class Wiring implements AutoCloseable {

    /** Connects two lines. */
    synchronized void wire(SimulatedLine one, SimulatedLine other) {
        one.wired.add(other);
        other.wired.add(one);
        settle(one);
    }

    /** Disconnects two lines. */
    synchronized void unwire(SimulatedLine one, SimulatedLine other) {
        one.wired.remove(other);
        other.wired.remove(one);
        settle(one);
        settle(other);
    }

    synchronized void change(SimulatedLine line, Runnable change) {
        change.run();
        settle(line);
    }

    /** Gives a line, and those wired to it, a level that they keep; false, and no change, if a guest drives one of them. */
    synchronized boolean put(SimulatedLine line, boolean high) {
        Set<SimulatedLine> net = net(line);
        if (net.stream().anyMatch(each -> each.driven)) {
            return false;
        }
        net.forEach(each -> each.become(high));
        return true;
    }

    private static void settle(SimulatedLine line) {
        Set<SimulatedLine> net = net(line);
        boolean known = net.stream().anyMatch(each -> each.driven || each.known);
        if (known) {
            boolean low = net.stream().anyMatch(each -> each.driven && !each.driveHigh);
            boolean high = net.stream().anyMatch(each -> each.driven || each.high);
            net.forEach(each -> each.become(high && !low));
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
