package dev.troupe.devices.gpio;

import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.transport.ring.ChainReader;
import dev.troupe.transport.ring.ChainWriter;
import dev.troupe.transport.ring.DescriptorChain;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Carries the requests of the driver out, one after the other: while the chip is asked, later requests stay in the ring. Loop
 * thread of the device only.
 */
final class GpioRequestQueue implements QueueHandler {
    private final LineControl lines;
    private final byte[] names;
    private final QueueContext context;
    private @Nullable DescriptorChain serving;
    private boolean holding;

    /**
     * @param lines what requests are about
     * @param names all names, as the driver gets them
     * @param context the queue
     */
    GpioRequestQueue(LineControl lines, byte[] names, QueueContext context) {
        this.lines = lines;
        this.names = names;
        this.context = context;
    }

    @Override
    public void handle(DescriptorChain chain) {
        ChainReader in = chain.readable();
        if (in.remaining() < GpioWire.REQUEST_SIZE || chain.writable().lengthBytes() < GpioWire.RESPONSE_SIZE) {
            answer(chain, GpioWire.VIRTIO_GPIO_STATUS_ERR, 0);
            return;
        }
        int type = Short.toUnsignedInt(in.getShort());
        int gpio = Short.toUnsignedInt(in.getShort());
        long value = Integer.toUnsignedLong(in.getInt());
        if (type == GpioWire.VIRTIO_GPIO_MSG_GET_LINE_NAMES) {
            answerNames(chain);
        } else if (gpio >= lines.count()) {
            answer(chain, GpioWire.VIRTIO_GPIO_STATUS_ERR, 0);
        } else {
            serve(chain, type, gpio, value);
        }
    }

    private void serve(DescriptorChain chain, int type, int gpio, long value) {
        serving = chain;
        IntConsumer then = this::served;
        switch (type) {
            case GpioWire.VIRTIO_GPIO_MSG_GET_DIRECTION -> lines.getDirection(gpio, then);
            case GpioWire.VIRTIO_GPIO_MSG_SET_DIRECTION -> lines.setDirection(gpio, value, then);
            case GpioWire.VIRTIO_GPIO_MSG_GET_VALUE -> lines.getValue(gpio, then);
            case GpioWire.VIRTIO_GPIO_MSG_SET_VALUE -> lines.setValue(gpio, value, then);
            case GpioWire.VIRTIO_GPIO_MSG_SET_IRQ_TYPE -> {
                boolean negotiated = (context.driverFeatures() & GpioWire.VIRTIO_GPIO_F_IRQ) != 0;
                lines.setIrqType(gpio, negotiated ? value : LineControl.NO_IRQ_TYPE, then);
            }
            default -> then.accept(LineControl.REFUSED);
        }
        if (serving != null) {
            holding = true;
            context.hold();
        }
    }

    /** A result below 0 is an error. */
    private void served(int result) {
        DescriptorChain chain = serving;
        if (chain == null) {
            // The handler was closed meanwhile; the next one gets the request again.
            return;
        }
        serving = null;
        if (result < 0) {
            answer(chain, GpioWire.VIRTIO_GPIO_STATUS_ERR, 0);
        } else {
            answer(chain, GpioWire.VIRTIO_GPIO_STATUS_OK, result);
        }
        if (holding) {
            holding = false;
            context.release();
        }
    }

    private void answerNames(DescriptorChain chain) {
        ChainWriter out = chain.writable();
        if (names.length == 0 || out.lengthBytes() <= names.length) {
            answer(chain, GpioWire.VIRTIO_GPIO_STATUS_ERR, 0);
            return;
        }
        out.putByte(GpioWire.VIRTIO_GPIO_STATUS_OK);
        for (byte letter : names) {
            out.putByte(letter);
        }
        context.complete(chain, 1L + names.length);
    }

    private void answer(DescriptorChain chain, int status, int value) {
        ChainWriter out = chain.writable();
        int length = (int) Math.min(out.lengthBytes(), GpioWire.RESPONSE_SIZE);
        if (length > 0) {
            out.putByteAt(0, status);
        }
        if (length == GpioWire.RESPONSE_SIZE) {
            out.putByteAt(1, value);
        }
        if (status != GpioWire.VIRTIO_GPIO_STATUS_OK) {
            context.countError();
        }
        context.complete(chain, length);
    }

    @Override
    public void close() {
        serving = null;
    }
}
