package dev.troupe.devices.gpio;

import dev.troupe.transport.ring.DescriptorChain;
import org.jspecify.annotations.Nullable;

/** One line as its guest has set it up. Loop thread of the device only. */
final class GuestLine {
    /** The bytes of one line in a device's state: direction and flags, interrupt type. */
    static final int STATE_BYTES = 2;

    private static final int DIRECTION_MASK = 3;
    private static final int HIGH = 1 << 2;
    private static final int LATCHED = 1 << 3;
    private static final int LEVEL = 1 << 4;
    private static final int KNOWN = DIRECTION_MASK | HIGH | LATCHED | LEVEL;

    final String name;
    final ChipLine chip;

    /** One of {@code VIRTIO_GPIO_DIRECTION_}. */
    int direction;

    /** The level that the guest drives, or will once the line is an output. */
    boolean high;

    /** One of {@code VIRTIO_GPIO_IRQ_TYPE_}. */
    int irqType;

    /** Whether there was an edge that the guest has not been told of. */
    boolean latched;

    /** The level as the last edge, or the last look, showed it. */
    boolean level;

    /** The buffers that wait for an interrupt, which is masked without them. */
    @Nullable
    DescriptorChain unmasked;

    /** How many requests change what the chip's line is, and have not ended yet. */
    int changing;

    /** Whether the level is being looked at. */
    boolean looking;

    /** Counts how often the interrupt was unmasked, to tell a look at the line that came late. */
    int unmaskings;

    GuestLine(String name, ChipLine chip) {
        this.name = name;
        this.chip = chip;
    }

    boolean interrupts() {
        return irqType != GpioWire.VIRTIO_GPIO_IRQ_TYPE_NONE;
    }

    boolean isOutput() {
        return direction == GpioWire.VIRTIO_GPIO_DIRECTION_OUT;
    }

    /** Forgets what the driver set up. */
    void clear() {
        direction = GpioWire.VIRTIO_GPIO_DIRECTION_NONE;
        high = false;
        irqType = GpioWire.VIRTIO_GPIO_IRQ_TYPE_NONE;
        latched = false;
    }

    /** Of a simulated line the level is kept in any case: there is nobody else who knows it. */
    void save(byte[] state, int at) {
        boolean kept = chip instanceof SimulatedLine simulated ? simulated.get() : level;
        state[at] = (byte) (direction | (high ? HIGH : 0) | (latched ? LATCHED : 0) | (kept ? LEVEL : 0));
        state[at + 1] = (byte) irqType;
    }

    /** Whether what was saved can have been a line's. */
    static boolean isSound(byte[] state, int at) {
        int direction = state[at] & DIRECTION_MASK;
        int irqType = state[at + 1];
        return (state[at] & ~KNOWN) == 0
                && GpioWire.isDirection(direction)
                && GpioWire.isIrqType(irqType)
                && (irqType == GpioWire.VIRTIO_GPIO_IRQ_TYPE_NONE || direction != GpioWire.VIRTIO_GPIO_DIRECTION_OUT)
                && ((state[at] & LATCHED) == 0 || GpioWire.isEdge(irqType));
    }

    void load(byte[] state, int at) {
        direction = state[at] & DIRECTION_MASK;
        high = (state[at] & HIGH) != 0;
        latched = (state[at] & LATCHED) != 0;
        level = (state[at] & LEVEL) != 0;
        irqType = state[at + 1];
    }
}
