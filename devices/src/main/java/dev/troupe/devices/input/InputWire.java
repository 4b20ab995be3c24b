package dev.troupe.devices.input;

import dev.troupe.actors.device.ConfigField;
import java.util.List;

/**
 * Numbers and layouts of the input device, virtio 1.4 section 5.8. All fields are little-endian.
 *
 * <pre>
 * configuration space               event (both queues)
 *  0 u8   select                     0 le16 type
 *  1 u8   subsel                     2 le16 code
 *  2 u8   size                       4 le32 value
 *  3 u8   reserved[5]
 *  8 u8   u[128]
 * </pre>
 *
 * <p>An event is one little-endian 64-bit number; in this package it is kept as such. Types and codes are Linux's.
 */
public final class InputWire {
    /** The device's number, section 5. */
    static final int VIRTIO_ID = 18;

    /** The queue of events to the guest, section 5.8.2. */
    public static final int EVENTQ = 0;

    /** The queue of what the guest sets, such as lights. */
    public static final int STATUSQ = 1;

    /** struct virtio_input_event, section 5.8.6. */
    public static final int EVENT_BYTES = 8;

    /** struct virtio_input_config, section 5.8.4. */
    public static final int CONFIG_BYTES = 136;

    /** What the driver wants to know. */
    public static final int SELECT_OFFSET = 0;

    /** About what it wants to know that. */
    public static final int SUBSEL_OFFSET = 1;

    /** How many bytes of the answer count. */
    public static final int SIZE_OFFSET = 2;

    /** The answer. */
    public static final int UNION_OFFSET = 8;

    static final int UNION_BYTES = 128;

    /** The device's name. */
    public static final int VIRTIO_INPUT_CFG_ID_NAME = 0x01;

    static final int VIRTIO_INPUT_CFG_ID_SERIAL = 0x02;
    static final int VIRTIO_INPUT_CFG_ID_DEVIDS = 0x03;
    static final int VIRTIO_INPUT_CFG_PROP_BITS = 0x10;

    /** Which codes of the type in {@code subsel} there are. */
    public static final int VIRTIO_INPUT_CFG_EV_BITS = 0x11;

    static final int VIRTIO_INPUT_CFG_ABS_INFO = 0x12;

    /** struct virtio_input_devids: bus, vendor, product, version, le16 each. */
    static final int DEVIDS_BYTES = 8;

    /** struct virtio_input_absinfo: min, max, fuzz, flat, resolution, le32 each. */
    static final int ABS_INFO_BYTES = 20;

    private static final int CODE_SHIFT = 16;
    private static final int VALUE_SHIFT = 32;

    private static final List<ConfigField> CONFIG_FIELDS = List.of(
            new ConfigField("select", SELECT_OFFSET, 1),
            new ConfigField("subsel", SUBSEL_OFFSET, 1),
            new ConfigField("size", SIZE_OFFSET, 1));

    private InputWire() {}

    /** An event as the queues carry it. */
    public static long event(int type, int code, int value) {
        return (long) value << VALUE_SHIFT | (long) (code & 0xffff) << CODE_SHIFT | (type & 0xffff);
    }

    /** The type of an event, such as {@link EventCodes#EV_KEY}. */
    public static int type(long event) {
        return (int) event & 0xffff;
    }

    /** The code of an event, such as a key's number. */
    public static int code(long event) {
        return (int) (event >>> CODE_SHIFT) & 0xffff;
    }

    /** The value of an event. */
    public static int value(long event) {
        return (int) (event >>> VALUE_SHIFT);
    }

    static List<ConfigField> configFields() {
        return CONFIG_FIELDS;
    }
}
