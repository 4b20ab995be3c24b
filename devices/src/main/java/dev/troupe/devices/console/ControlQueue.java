package dev.troupe.devices.console;

import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.transport.ring.ChainReader;
import dev.troupe.transport.ring.DescriptorChain;

/** The control transmitq: what the driver says, one message a request. */
final class ControlQueue implements QueueHandler {
    private final Control control;
    private final QueueContext context;

    ControlQueue(Control control, QueueContext context) {
        this.control = control;
        this.context = context;
    }

    @Override
    public void handle(DescriptorChain chain) {
        ChainReader message = chain.readable();
        if (message.lengthBytes() < ConsoleWire.CONTROL_BYTES || !obey(message)) {
            context.countError();
        }
        context.complete(chain, 0);
    }

    private boolean obey(ChainReader message) {
        int id = message.getInt();
        int event = Short.toUnsignedInt(message.getShort());
        int value = Short.toUnsignedInt(message.getShort());
        return control.obey(id, event, value);
    }
}
