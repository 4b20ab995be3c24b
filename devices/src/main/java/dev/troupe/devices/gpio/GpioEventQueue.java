package dev.troupe.devices.gpio;

import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.transport.ring.ChainReader;
import dev.troupe.transport.ring.DescriptorChain;
import java.util.List;

/** Takes the buffers by which the driver unmasks interrupts, at most one pair a line. Loop thread of the device only. */
final class GpioEventQueue implements QueueHandler {
    private final List<GuestLine> lines;
    private final Interrupts interrupts;
    private final QueueContext context;

    GpioEventQueue(List<GuestLine> lines, Interrupts interrupts, QueueContext context) {
        this.lines = lines;
        this.interrupts = interrupts;
        this.context = context;
        interrupts.attach(context);
    }

    @Override
    public void handle(DescriptorChain chain) {
        ChainReader in = chain.readable();
        if (chain.writable().lengthBytes() < GpioWire.IRQ_RESPONSE_SIZE) {
            context.countError();
            context.complete(chain, 0);
            return;
        }
        int gpio = in.remaining() < GpioWire.IRQ_REQUEST_SIZE ? lines.size() : Short.toUnsignedInt(in.getShort());
        // Guest-controlled: the number chooses the line.
        if (gpio >= lines.size()) {
            context.countError();
            chain.writable().putByteAt(0, GpioWire.VIRTIO_GPIO_IRQ_STATUS_INVALID);
            context.complete(chain, GpioWire.IRQ_RESPONSE_SIZE);
            return;
        }
        interrupts.unmask(lines.get(gpio), chain);
    }

    /** A driver that gets buffers back without an interrupt queues them again, here or where its machine goes. */
    @Override
    public void drain() {
        lines.forEach(interrupts::giveBack);
    }

    @Override
    public void close() {
        interrupts.detach();
    }
}
