package dev.troupe.devices.gpio;

import dev.troupe.actors.device.ConfigField;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Numbers and layouts of the GPIO device, virtio 1.4 section 5.18. All fields are little-endian and may lie at any address.
 *
 * <pre>
 * requestq: device-readable   device-writable                eventq: readable    writable
 *  0 le16 type                 0 u8 status                    0 le16 gpio         0 u8 status
 *  2 le16 gpio                 1 u8 value
 *  4 le32 value                  (GET_LINE_NAMES: names)
 * </pre>
 *
 * <p>Public are those parts that a driver needs too.
 */
public final class GpioWire {
    /** The device's number, section 5. */
    static final int VIRTIO_ID = 41;

    /** Lines can interrupt; there is an eventq. */
    public static final long VIRTIO_GPIO_F_IRQ = 1L;

    /** The queue of requests. */
    public static final int REQUESTQ = 0;

    /** The queue of interrupts. */
    public static final int EVENTQ = 1;

    /** The bytes of a request. */
    public static final int REQUEST_SIZE = 8;
    /** The bytes of a response, without names. */
    public static final int RESPONSE_SIZE = 2;
    /** The bytes by which a line is unmasked. */
    public static final int IRQ_REQUEST_SIZE = 2;
    /** The bytes by which an interrupt is told. */
    public static final int IRQ_RESPONSE_SIZE = 1;

    /** All names, each ended by a zero; section 5.18.6.1 as the others. */
    public static final int VIRTIO_GPIO_MSG_GET_LINE_NAMES = 1;

    /** Which way a line goes. */
    public static final int VIRTIO_GPIO_MSG_GET_DIRECTION = 2;

    /** Which way it shall go. */
    public static final int VIRTIO_GPIO_MSG_SET_DIRECTION = 3;

    /** A line's level. */
    public static final int VIRTIO_GPIO_MSG_GET_VALUE = 4;

    /** The level that it drives, now or once it is an output. */
    public static final int VIRTIO_GPIO_MSG_SET_VALUE = 5;

    /** When it interrupts. */
    public static final int VIRTIO_GPIO_MSG_SET_IRQ_TYPE = 6;

    /** The request was carried out. */
    public static final int VIRTIO_GPIO_STATUS_OK = 0;

    /** It was not. */
    public static final int VIRTIO_GPIO_STATUS_ERR = 1;

    /** The driver does not use the line. */
    public static final int VIRTIO_GPIO_DIRECTION_NONE = 0;

    /** The driver drives it. */
    public static final int VIRTIO_GPIO_DIRECTION_OUT = 1;

    /** The driver reads it. */
    public static final int VIRTIO_GPIO_DIRECTION_IN = 2;

    /** No interrupts. */
    public static final int VIRTIO_GPIO_IRQ_TYPE_NONE = 0;

    /** From low to high. */
    public static final int VIRTIO_GPIO_IRQ_TYPE_EDGE_RISING = 1;

    /** From high to low. */
    public static final int VIRTIO_GPIO_IRQ_TYPE_EDGE_FALLING = 2;

    /** Either. */
    public static final int VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH = 3;

    /** As long as it is high. */
    public static final int VIRTIO_GPIO_IRQ_TYPE_LEVEL_HIGH = 4;

    /** As long as it is low. */
    public static final int VIRTIO_GPIO_IRQ_TYPE_LEVEL_LOW = 8;

    /** Buffers given back without an interrupt. */
    public static final int VIRTIO_GPIO_IRQ_STATUS_INVALID = 0;

    /** An interrupt. */
    public static final int VIRTIO_GPIO_IRQ_STATUS_VALID = 1;

    /** struct virtio_gpio_config, section 5.18.4: the number of lines, padding, the bytes of all names. */
    static final int CONFIG_SIZE = 8;

    static final int NGPIO_OFFSET = 0;
    static final int NAMES_SIZE_OFFSET = 4;

    private static final ValueLayout.OfInt LE32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort LE16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private GpioWire() {}

    /**
     * Writes a request, as a driver does. Any thread.
     *
     * @param memory where it goes
     * @param offset where in {@code memory}, in bytes; any alignment
     * @param type one of {@code VIRTIO_GPIO_MSG_}
     * @param gpio the line
     * @param value what the type asks for
     */
    public static void putRequest(MemorySegment memory, long offset, int type, int gpio, int value) {
        memory.set(LE16, offset, (short) type);
        memory.set(LE16, offset + 2, (short) gpio);
        memory.set(LE32, offset + 4, value);
    }

    /** Writes what unmasks a line's interrupt, as a driver does. Any thread. */
    public static void putUnmask(MemorySegment memory, long offset, int gpio) {
        memory.set(LE16, offset, (short) gpio);
    }

    static List<ConfigField> configFields() {
        return List.of(
                new ConfigField("ngpio", NGPIO_OFFSET, 2), new ConfigField("gpio_names_size", NAMES_SIZE_OFFSET, 4));
    }

    static boolean isDirection(long value) {
        return value >= VIRTIO_GPIO_DIRECTION_NONE && value <= VIRTIO_GPIO_DIRECTION_IN;
    }

    static boolean isIrqType(long value) {
        return (value >= VIRTIO_GPIO_IRQ_TYPE_NONE && value <= VIRTIO_GPIO_IRQ_TYPE_LEVEL_HIGH)
                || value == VIRTIO_GPIO_IRQ_TYPE_LEVEL_LOW;
    }

    /** Whether interrupts of a type come from changes, which are remembered; otherwise from a level, which is not. */
    static boolean isEdge(int irqType) {
        return (irqType & VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH) != 0;
    }

    /** Whether an interrupt of a type comes from a line that has become, or is, high or low. */
    static boolean triggers(int irqType, boolean high) {
        int wanted = high
                ? VIRTIO_GPIO_IRQ_TYPE_EDGE_RISING | VIRTIO_GPIO_IRQ_TYPE_LEVEL_HIGH
                : VIRTIO_GPIO_IRQ_TYPE_EDGE_FALLING | VIRTIO_GPIO_IRQ_TYPE_LEVEL_LOW;
        return (irqType & wanted) != 0;
    }
}
