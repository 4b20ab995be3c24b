package dev.troupe.devices.input;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.LongStream;

/** What the guest has lit (EV_LED). Any thread. */
final class Lights {
    private static final List<String> NAMES = List.of(
            "num lock",
            "caps lock",
            "scroll lock",
            "compose",
            "kana",
            "sleep",
            "suspend",
            "mute",
            "misc",
            "mail",
            "charging");

    private volatile int lit;

    /** The lights as bits. */
    int bits() {
        return lit;
    }

    /** They are these now. */
    void bits(int now) {
        lit = now & ((1 << EventCodes.LED_COUNT) - 1);
    }

    /**
     * Takes in what the guest set. The loop's thread only.
     *
     * @return whether a light changed
     */
    boolean set(int led, boolean on) {
        int before = lit;
        int now = on ? before | 1 << led : before & ~(1 << led);
        lit = now;
        return now != before;
    }

    /** Events that light what is lit. */
    LongStream events() {
        return BitSet.valueOf(new long[] {lit}).stream().mapToLong(led -> InputWire.event(EventCodes.EV_LED, led, 1));
    }

    /** Their names, for an operator. */
    List<String> names() {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < EventCodes.LED_COUNT; i++) {
            if (((lit >>> i) & 1) != 0) {
                names.add(i < NAMES.size() ? NAMES.get(i) : "led " + i);
            }
        }
        return names;
    }
}
