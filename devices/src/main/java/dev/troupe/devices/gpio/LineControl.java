package dev.troupe.devices.gpio;

import dev.troupe.actors.device.DeviceContext;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;

/**
 * What a driver may do with its lines, and what that makes of them. Each request ends with a value, or with a number below 0
 * if it failed; until then no other is begun. Loop thread of the device only.
 */
final class LineControl {
    /** What a request ends with that makes no sense. */
    static final int REFUSED = -1;

    /** An interrupt type that there is not. */
    static final long NO_IRQ_TYPE = -1;

    private static final int DONE = 0;

    private final List<GuestLine> lines;
    private final ChipCalls calls;
    private final Interrupts interrupts;
    private final Watchers watchers;
    private final DeviceContext context;

    LineControl(
            List<GuestLine> lines, ChipCalls calls, Interrupts interrupts, Watchers watchers, DeviceContext context) {
        this.lines = lines;
        this.calls = calls;
        this.interrupts = interrupts;
        this.watchers = watchers;
        this.context = context;
    }

    int count() {
        return lines.size();
    }

    /**
     * The direction that the driver chose; of a line that it does not use that which it has by itself, for Linux's driver
     * takes "none" for a failure.
     */
    void getDirection(int gpio, IntConsumer then) {
        GuestLine line = lines.get(gpio);
        if (line.direction == GpioWire.VIRTIO_GPIO_DIRECTION_NONE) {
            then.accept(line.chip.isOutput() ? GpioWire.VIRTIO_GPIO_DIRECTION_OUT : GpioWire.VIRTIO_GPIO_DIRECTION_IN);
        } else {
            then.accept(line.direction);
        }
    }

    void setDirection(int gpio, long direction, IntConsumer then) {
        GuestLine line = lines.get(gpio);
        if (direction == GpioWire.VIRTIO_GPIO_DIRECTION_NONE) {
            free(line, then);
        } else if (direction == GpioWire.VIRTIO_GPIO_DIRECTION_IN) {
            boolean edges = line.interrupts() || watchers.any();
            change(line, edges, () -> line.chip.input(edges), result -> directed(line, (int) direction, result, then));
        } else if (direction == GpioWire.VIRTIO_GPIO_DIRECTION_OUT && !line.interrupts()) {
            boolean high = line.high;
            change(line, true, () -> line.chip.output(high), result -> directed(line, (int) direction, result, then));
        } else {
            then.accept(REFUSED);
        }
    }

    /**
     * Has a request change what the chip's line is. Whether somebody watches may change before the chip has answered; what the
     * line is to be is known then only.
     *
     * @param edges whether the line tells its edges afterwards
     */
    private void change(GuestLine line, boolean edges, BooleanSupplier call, IntConsumer then) {
        line.changing++;
        calls.submit(call, result -> {
            line.changing--;
            then.accept(result);
            if (edges != watchers.any()) {
                watchEdges(line, watchers.any());
            }
        });
    }

    private void change(GuestLine line, boolean edges, Runnable call, IntConsumer then) {
        change(
                line,
                edges,
                () -> {
                    call.run();
                    return false;
                },
                then);
    }

    private void directed(GuestLine line, int direction, int result, IntConsumer then) {
        if (result >= 0) {
            line.direction = direction;
            if (line.isOutput()) {
                driven(line, true);
            }
            context.stateChanged();
        }
        then.accept(result);
    }

    /** The driver leaves the line: nothing of what it set up is kept. */
    private void free(GuestLine line, IntConsumer then) {
        boolean used = line.direction != GpioWire.VIRTIO_GPIO_DIRECTION_NONE || line.interrupts();
        interrupts.disable(line);
        line.clear();
        context.stateChanged();
        if (used) {
            calls.submit(line.chip::free, then);
        } else {
            then.accept(DONE);
        }
    }

    void getValue(int gpio, IntConsumer then) {
        calls.submit(lines.get(gpio).chip::get, then);
    }

    /** The level of an output, now or once the line is one. */
    void setValue(int gpio, long value, IntConsumer then) {
        GuestLine line = lines.get(gpio);
        if (value > 1) {
            then.accept(REFUSED);
            return;
        }
        boolean high = value == 1;
        if (!line.isOutput()) {
            line.high = high;
            context.stateChanged();
            then.accept(DONE);
            return;
        }
        calls.submit(() -> line.chip.set(high), result -> {
            if (result >= 0) {
                boolean changed = line.high != high;
                line.high = high;
                driven(line, changed);
                context.stateChanged();
            }
            then.accept(result);
        });
    }

    private void driven(GuestLine line, boolean changed) {
        line.level = line.high;
        if (changed && !line.chip.tellsOutputs()) {
            watchers.changed(line, line.high);
        }
    }

    /** A type may be replaced by another one without disabling the first: Linux's driver does that. */
    void setIrqType(int gpio, long irqType, IntConsumer then) {
        GuestLine line = lines.get(gpio);
        if (!GpioWire.isIrqType(irqType) || line.isOutput()) {
            then.accept(REFUSED);
        } else if (irqType == GpioWire.VIRTIO_GPIO_IRQ_TYPE_NONE) {
            interrupts.disable(line);
            context.stateChanged();
            boolean edges = watchers.any();
            change(line, edges, () -> line.chip.input(edges), then);
        } else {
            change(
                    line,
                    true,
                    () -> {
                        line.chip.input(true);
                        return line.chip.get();
                    },
                    level -> enabled(line, (int) irqType, level, then));
        }
    }

    private void enabled(GuestLine line, int irqType, int level, IntConsumer then) {
        if (level >= 0) {
            interrupts.enable(line, irqType, level == 1);
            context.stateChanged();
        }
        then.accept(Math.min(level, DONE));
    }

    /** The chip saw an edge. */
    void changed(GuestLine line, boolean high) {
        watchers.changed(line, high);
        if (line.interrupts()) {
            interrupts.changed(line, high);
        }
        context.stateChanged();
    }

    /** Whether somebody watches has changed: inputs tell their edges while somebody does. */
    void watchEdges(boolean watched) {
        lines.forEach(line -> watchEdges(line, watched));
    }

    private void watchEdges(GuestLine line, boolean watched) {
        if (line.changing == 0 && line.direction == GpioWire.VIRTIO_GPIO_DIRECTION_IN && !line.interrupts()) {
            calls.submit(() -> line.chip.input(watched), _ -> {});
        }
    }

    /**
     * Makes the lines of the chip what the guest has set up, as a device before this one knew it. An edge that nobody saw
     * meanwhile is told.
     */
    void restore() {
        for (GuestLine line : lines) {
            if (line.chip instanceof SimulatedLine simulated) {
                // Another process has simulated it until now, or another host; or it has been there all the time.
                simulated.restore(line.level);
            }
            if (line.isOutput()) {
                boolean high = line.high;
                calls.submit(() -> line.chip.output(high), _ -> {});
            } else if (line.interrupts() || line.direction == GpioWire.VIRTIO_GPIO_DIRECTION_IN) {
                restoreInput(line, line.level, line.interrupts());
            }
        }
    }

    private void restoreInput(GuestLine line, boolean before, boolean interrupting) {
        calls.submit(
                () -> {
                    line.chip.input(interrupting);
                    return line.chip.get();
                },
                level -> {
                    if (level >= 0 && interrupting && (level == 1) != before) {
                        changed(line, level == 1);
                    }
                });
    }
}
