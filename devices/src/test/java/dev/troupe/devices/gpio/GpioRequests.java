package dev.troupe.devices.gpio;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Requests as drivers make them. */
final class GpioRequests {
    private GpioRequests() {}

    /** A request on the requestq. */
    static byte[] request(int type, int gpio, int value) {
        return ByteBuffer.allocate(GpioWire.REQUEST_SIZE)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort((short) type)
                .putShort((short) gpio)
                .putInt(value)
                .array();
    }

    /** A line's buffers on the eventq. */
    static byte[] unmask(int gpio) {
        return ByteBuffer.allocate(GpioWire.IRQ_REQUEST_SIZE)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort((short) gpio)
                .array();
    }
}
