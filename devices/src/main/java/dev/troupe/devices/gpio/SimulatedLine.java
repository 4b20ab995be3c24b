package dev.troupe.devices.gpio;

import dev.troupe.transport.loop.EventLoop;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One line of a simulated chip. Any thread; nothing blocks. */
final class SimulatedLine implements ChipLine {
    private final String name;
    private final Wiring wiring;
    private final Runnable release;
    private final Runnable telling = this::tell;

    // What follows is guarded by the wiring.

    /** Lines that are wired to this one, each as often as it is. */
    final List<SimulatedLine> wired = new ArrayList<>();

    /** Whether the guest drives it, and where to. */
    boolean driven;

    boolean driveHigh;

    /** Its level; it stays so while nobody drives it. */
    boolean high;

    /** Whether somebody gave it its level, or one that it is wired to. */
    boolean known;

    /** What the listener has not been told of yet: it hears of each kind of edge once, however many there were. */
    private boolean rose;

    private boolean fell;
    private @Nullable EdgeListener listener;
    private @Nullable EventLoop loop;

    /**
     * @param name what the chip calls it
     * @param wiring what leads to other lines
     * @param release what closing it ends with
     */
    SimulatedLine(String name, Wiring wiring, Runnable release) {
        this.name = name;
        this.wiring = wiring;
        this.release = release;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean isOutput() {
        return false;
    }

    @Override
    public void input(boolean edges) {
        wiring.change(this, () -> driven = false);
    }

    /** The level stays, but others may change it. */
    @Override
    public void free() {
        input(false);
    }

    @Override
    public void output(boolean newHigh) {
        wiring.change(this, () -> {
            driven = true;
            driveHigh = newHigh;
        });
    }

    @Override
    public boolean get() {
        synchronized (wiring) {
            return high;
        }
    }

    @Override
    public void set(boolean newHigh) {
        output(newHigh);
    }

    /**
     * Gives it, and those wired to it, a level from outside, which they keep.
     *
     * @return false if a guest drives it; then nothing was changed
     */
    boolean put(boolean newHigh) {
        return wiring.put(this, newHigh);
    }

    /** Gives it the level that it had in another process, if nobody in this one has given it one. */
    void restore(boolean before) {
        synchronized (wiring) {
            if (!known) {
                wiring.put(this, before);
            }
        }
    }

    @Override
    public void listen(EventLoop onLoop, EdgeListener toListener) {
        synchronized (wiring) {
            loop = onLoop;
            listener = toListener;
        }
    }

    @Override
    public boolean tellsOutputs() {
        return true;
    }

    /** It has this level now. Guarded by the wiring. */
    void become(boolean nowHigh) {
        known = true;
        if (high == nowHigh) {
            return;
        }
        high = nowHigh;
        EventLoop tellOn = loop;
        if (tellOn != null) {
            boolean told = rose || fell;
            rose |= nowHigh;
            fell |= !nowHigh;
            if (!told) {
                tellOn.execute(telling);
            }
        }
    }

    /** Tells the listener, on its loop, and ends with the level that it has. */
    private void tell() {
        EdgeListener told;
        boolean now;
        boolean both;
        synchronized (wiring) {
            told = listener;
            now = high;
            both = rose && fell;
            rose = false;
            fell = false;
        }
        if (told != null) {
            if (both) {
                told.changed(!now);
            }
            told.changed(now);
        }
    }

    @Override
    public void close() {
        synchronized (wiring) {
            listener = null;
            loop = null;
            driven = false;
            rose = false;
            fell = false;
        }
        wiring.change(this, () -> {});
        release.run();
    }
}
