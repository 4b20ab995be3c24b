package dev.troupe.devices.gpio;

import java.util.ArrayList;
import java.util.List;

/** The operators who watch one device's lines. Loop thread of the device only. */
final class Watchers {
    private final List<LineWatch> watches = new ArrayList<>();

    boolean any() {
        return !watches.isEmpty();
    }

    void add(LineWatch watch) {
        watches.add(watch);
    }

    void remove(LineWatch watch) {
        watches.remove(watch);
    }

    void changed(GuestLine line, boolean high) {
        for (LineWatch watch : watches) {
            watch.changed(line, high);
        }
    }

    /** The device closes. */
    void end() {
        watches.forEach(LineWatch::end);
    }
}
