package dev.troupe.devices.i2c;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.OptionalInt;

/**
 * Numbers and layouts of the I2C adapter device, virtio 1.4 section 5.16. All fields are little-endian and may lie at any
 * address.
 *
 * <pre>
 * request, device-readable              request, device-writable
 *  0 le16 addr                           data … (a read)
 *  2 le16 padding                        u8 status, its very last byte
 *  4 le32 flags (0 FAIL_NEXT, 1 M_RD)
 *  8 data … (a write)
 *
 * addr, 7 bits:  0 0 0 0 0 0 0 0 A6 A5 A4 A3 A2 A1 A0 0
 * addr, 10 bits: A7 … A0          1  1  1  1  0 A9 A8 0
 * </pre>
 *
 * <p>Public are those parts that a driver needs too.
 */
public final class I2cWire {
    /** The device's number, section 5. */
    static final int VIRTIO_ID = 34;

    /** There are requests without data, and reads say so by a flag. Every driver must accept it. */
    public static final long VIRTIO_I2C_F_ZERO_LENGTH_REQUEST = 1L;

    /** More requests of the same transfer follow; they fail if this one does. */
    public static final int VIRTIO_I2C_FLAGS_FAIL_NEXT = 1;

    /** The target sends the data. */
    public static final int VIRTIO_I2C_FLAGS_M_RD = 1 << 1;

    /** The request was carried out. */
    public static final byte VIRTIO_I2C_MSG_OK = 0;

    /** It was not. */
    public static final byte VIRTIO_I2C_MSG_ERR = 1;

    /** What {@link #address} finds in a field that describes no address. */
    static final int NO_ADDRESS = -1;

    /** The bytes of a request before its data. */
    public static final int HEADER_SIZE = 8;

    static final int KNOWN_FLAGS = VIRTIO_I2C_FLAGS_FAIL_NEXT | VIRTIO_I2C_FLAGS_M_RD;

    private static final int TEN_BIT_MARK = 0xf0;
    private static final int TEN_BIT_MARK_MASK = 0xf9;
    private static final int SEVEN_BIT_MASK = 0xfe;

    private static final ValueLayout.OfInt LE32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort LE16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private I2cWire() {}

    /** The address that a field {@code addr} stands for, as {@link TargetAddress} counts them, or {@link #NO_ADDRESS}. */
    static int address(int field) {
        if ((field & TEN_BIT_MARK_MASK) == TEN_BIT_MARK) {
            return TargetAddress.tenBit(((field >>> Byte.SIZE) & 0xff) | ((field & 0x06) << 7));
        }
        return (field & ~SEVEN_BIT_MASK) == 0 ? field >>> 1 : NO_ADDRESS;
    }

    /** The field {@code addr} of an address, as a driver writes it. Any thread. */
    public static short addressField(int address) {
        if (!TargetAddress.isTenBit(address)) {
            return (short) (address << 1);
        }
        int bits = TargetAddress.bits(address);
        return (short) (((bits & 0xff) << Byte.SIZE) | TEN_BIT_MARK | ((bits >>> 7) & 0x06));
    }

    /** The address that a text names, such as {@code 0x50} or {@code 10bit:0x250}, if it names one. Any thread. */
    public static OptionalInt parseAddress(String text) {
        return TargetAddress.parse(text);
    }

    /** The text of an address. Any thread. */
    public static String formatAddress(int address) {
        return TargetAddress.format(address);
    }

    /**
     * Writes a request's header, as a driver does. Any thread.
     *
     * @param memory where it goes
     * @param offset where in {@code memory}, in bytes; any alignment
     * @param address as {@link #parseAddress} gives it
     * @param flags a sum of {@code VIRTIO_I2C_FLAGS_}
     */
    public static void putHeader(MemorySegment memory, long offset, int address, int flags) {
        memory.set(LE16, offset, addressField(address));
        memory.set(LE16, offset + 2, (short) 0);
        memory.set(LE32, offset + 4, flags);
    }
}
