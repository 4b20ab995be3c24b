package dev.troupe.devices.gpio;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.QueueContext;
import dev.troupe.transport.ring.DescriptorChain;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Brings what happens on lines to the driver: an edge is kept until the driver has buffers for it, once; a level is looked at
 * when the buffers come. Loop thread of the device only.
 */
final class Interrupts {
    private final List<GuestLine> lines;
    private final ChipCalls calls;
    private final DeviceContext context;
    private @Nullable QueueContext eventq;

    Interrupts(List<GuestLine> lines, ChipCalls calls, DeviceContext context) {
        this.lines = lines;
        this.calls = calls;
        this.context = context;
    }

    /** From now on buffers are those of this queue. */
    void attach(QueueContext queue) {
        eventq = queue;
    }

    /** The queue is no more, and its buffers with it; the next one gets them again. */
    void detach() {
        eventq = null;
        lines.forEach(line -> line.unmasked = null);
    }

    /** The driver wants interrupts of a type other than none; {@code level} is the line's now. */
    void enable(GuestLine line, int irqType, boolean level) {
        line.irqType = irqType;
        line.latched = false;
        line.level = level;
        look(line);
    }

    /** The driver wants no interrupts any more. */
    void disable(GuestLine line) {
        line.irqType = GpioWire.VIRTIO_GPIO_IRQ_TYPE_NONE;
        line.latched = false;
        giveBack(line);
    }

    /** Returns the buffers of a line, if there are any. */
    void giveBack(GuestLine line) {
        DescriptorChain chain = line.unmasked;
        if (chain != null) {
            line.unmasked = null;
            answer(chain, GpioWire.VIRTIO_GPIO_IRQ_STATUS_INVALID);
        }
    }

    /** The driver gives buffers for a line's next interrupt. A second pair is wrong, as is one without interrupts. */
    void unmask(GuestLine line, DescriptorChain chain) {
        if (!line.interrupts() || line.unmasked != null) {
            answer(chain, GpioWire.VIRTIO_GPIO_IRQ_STATUS_INVALID);
            return;
        }
        line.unmasked = chain;
        line.unmaskings++;
        if (line.latched) {
            line.latched = false;
            fire(line);
            context.stateChanged();
        } else {
            look(line);
        }
    }

    /** A line with interrupts has become high, or low. */
    void changed(GuestLine line, boolean high) {
        line.level = high;
        if (GpioWire.triggers(line.irqType, high) && !fire(line)) {
            line.latched = GpioWire.isEdge(line.irqType);
        }
    }

    /** A level that was there before its interrupt was unmasked is seen only by looking. */
    private void look(GuestLine line) {
        if (line.unmasked == null || GpioWire.isEdge(line.irqType) || line.looking) {
            return;
        }
        line.looking = true;
        int unmasking = line.unmaskings;
        calls.submit(line.chip::get, level -> {
            line.looking = false;
            if (unmasking != line.unmaskings) {
                look(line);
            } else if (level >= 0 && GpioWire.triggers(line.irqType, level == 1)) {
                fire(line);
            }
        });
    }

    private boolean fire(GuestLine line) {
        DescriptorChain chain = line.unmasked;
        if (chain == null) {
            return false;
        }
        line.unmasked = null;
        answer(chain, GpioWire.VIRTIO_GPIO_IRQ_STATUS_VALID);
        return true;
    }

    private void answer(DescriptorChain chain, int status) {
        QueueContext queue = eventq;
        if (queue != null) {
            chain.writable().putByteAt(0, status);
            queue.complete(chain, GpioWire.IRQ_RESPONSE_SIZE);
        }
    }
}
