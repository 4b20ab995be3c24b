package dev.troupe.devices.console;

import dev.troupe.actors.device.ConfigField;
import dev.troupe.actors.device.FeatureName;
import java.util.List;

/**
 * Numbers and layouts of the console device, virtio 1.4 section 5.3. All fields are little-endian.
 *
 * <pre>
 * configuration space               control message
 *  0 le16 cols                       0 le32 id, a port's number
 *  2 le16 rows                       4 le16 event
 *  4 le32 max_nr_ports               6 le16 value
 *  8 le32 emerg_wr                   8 name without an end, or le16 cols, le16 rows
 * </pre>
 */
final class ConsoleWire {
    /** The device's number, section 5. */
    static final int VIRTIO_ID = 3;

    /** {@code cols} and {@code rows} are valid, section 5.3.3 as the others. */
    static final long VIRTIO_CONSOLE_F_SIZE = 1;

    /** There are several ports, and control queues. */
    static final long VIRTIO_CONSOLE_F_MULTIPORT = 1L << 1;

    /** Characters may be written without a queue. */
    static final long VIRTIO_CONSOLE_F_EMERG_WRITE = 1L << 2;

    /** struct virtio_console_config, section 5.3.4. */
    static final int CONFIG_BYTES = 12;

    static final int COLS_OFFSET = 0;
    static final int ROWS_OFFSET = 2;
    static final int MAX_NR_PORTS_OFFSET = 4;
    static final int EMERG_WR_OFFSET = 8;

    /** The queue of control messages to the driver, section 5.3.2. */
    static final int CONTROL_RECEIVEQ = 2;

    /** The queue of control messages from the driver. */
    static final int CONTROL_TRANSMITQ = 3;

    /** struct virtio_console_control, section 5.3.6.2. */
    static final int CONTROL_BYTES = 8;

    /** What follows a {@link #VIRTIO_CONSOLE_RESIZE}. */
    static final int RESIZE_BYTES = 4;

    static final int VIRTIO_CONSOLE_DEVICE_READY = 0;
    static final int VIRTIO_CONSOLE_DEVICE_ADD = 1;
    static final int VIRTIO_CONSOLE_PORT_READY = 3;
    static final int VIRTIO_CONSOLE_CONSOLE_PORT = 4;
    static final int VIRTIO_CONSOLE_RESIZE = 5;
    static final int VIRTIO_CONSOLE_PORT_OPEN = 6;
    static final int VIRTIO_CONSOLE_PORT_NAME = 7;

    private static final int QUEUES_A_PORT = 2;

    private static final List<FeatureName> FEATURE_NAMES = List.of(
            new FeatureName(0, "VIRTIO_CONSOLE_F_SIZE"),
            new FeatureName(1, "VIRTIO_CONSOLE_F_MULTIPORT"),
            new FeatureName(2, "VIRTIO_CONSOLE_F_EMERG_WRITE"));

    private static final List<ConfigField> CONFIG_FIELDS = List.of(
            new ConfigField("cols", COLS_OFFSET, 2),
            new ConfigField("rows", ROWS_OFFSET, 2),
            new ConfigField("max_nr_ports", MAX_NR_PORTS_OFFSET, 4),
            new ConfigField("emerg_wr", EMERG_WR_OFFSET, 4));

    private ConsoleWire() {}

    /** How many queues a device has, section 5.3.2. */
    static int queues(int ports, boolean multiport) {
        return multiport ? QUEUES_A_PORT * (ports + 1) : QUEUES_A_PORT;
    }

    /** The queue on which a port receives; the one it transmits on is the next one. */
    static int receiveq(int port) {
        return port == 0 ? 0 : QUEUES_A_PORT * (port + 1);
    }

    /** The port that a queue other than the control queues belongs to. */
    static int port(int queue) {
        return queue < QUEUES_A_PORT ? 0 : queue / QUEUES_A_PORT - 1;
    }

    /** Whether a queue other than the control queues is one to the driver. */
    static boolean isReceiveq(int queue) {
        return queue % QUEUES_A_PORT == 0;
    }

    static List<FeatureName> featureNames() {
        return FEATURE_NAMES;
    }

    static List<ConfigField> configFields() {
        return CONFIG_FIELDS;
    }
}
