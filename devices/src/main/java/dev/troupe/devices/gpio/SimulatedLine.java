package dev.troupe.devices.gpio;

import dev.troupe.transport.loop.EventLoop;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One line of a simulated chip. Any thread; nothing blocks. */
final class SimulatedLine implements ChipLine {
    private final SimulatedChip chip;
    private final String name;

    // What follows is guarded by the chip.

    /** Lines that are wired to this one, each as often as it is. */
    final List<SimulatedLine> wired = new ArrayList<>();

    /** Whether the guest drives it, and where to. */
    boolean driven;

    boolean driveHigh;

    /** Its level; it stays so while nobody drives it. */
    boolean high;

    private @Nullable EdgeListener listener;
    private @Nullable EventLoop loop;

    SimulatedLine(SimulatedChip chip, String name) {
        this.chip = chip;
        this.name = name;
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
        chip.change(this, () -> driven = false);
    }

    /** The level stays, but others may change it. */
    @Override
    public void free() {
        input(false);
    }

    @Override
    public void output(boolean newHigh) {
        chip.change(this, () -> {
            driven = true;
            driveHigh = newHigh;
        });
    }

    @Override
    public boolean get() {
        synchronized (chip) {
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
        return chip.put(this, newHigh);
    }

    @Override
    public void listen(EventLoop onLoop, EdgeListener toListener) {
        synchronized (chip) {
            loop = onLoop;
            listener = toListener;
        }
    }

    /** Tells the listener, later. Guarded by the chip. */
    void tell(boolean nowHigh) {
        EdgeListener told = listener;
        if (told != null && loop != null) {
            loop.execute(() -> told.changed(nowHigh));
        }
    }

    @Override
    public void close() {
        synchronized (chip) {
            listener = null;
            loop = null;
        }
        chip.release(this);
    }
}
