package dev.troupe.actors.migration;

import dev.troupe.actors.device.SavedState;
import dev.troupe.transport.protocol.Bytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * A device's state as it travels between hosts (vhost-user, "Migrating back-end state"). Little-endian, 24 bytes and the
 * body:
 *
 * <pre>
 *  0 u64 magic, "TROUPEDS"
 *  8 u16 version of this format
 * 10 u16 version of the body, the device type's own
 * 12 u32 device type, virtio section 5
 * 16 u32 length of the body in bytes
 * 20 u32 CRC32C of bytes 0 to 19 and of the body
 * 24 body
 * </pre>
 *
 * <p>A device without state sends a document without body, so that the other side can tell "nothing" from "cut off".
 */
public final class StateDocument {

    /** Length of what stands before the body. */
    public static final int HEADER_BYTES = 24;

    /** No device's state is larger. */
    public static final int MAX_BODY_BYTES = 16 << 20;

    private static final long MAGIC = 0x5344_4550_554f_5254L;
    private static final int VERSION = 1;
    private static final int VERSION_OFFSET = 8;
    private static final int BODY_VERSION_OFFSET = 10;
    private static final int TYPE_OFFSET = 12;
    private static final int LENGTH_OFFSET = 16;
    private static final int CRC_OFFSET = 20;

    private StateDocument() {}

    /**
     * Writes a document.
     *
     * @param deviceType the device's number in the virtio specification
     * @param state its state
     * @throws StateException if the state is too large
     */
    public static byte[] encode(int deviceType, SavedState state) {
        byte[] body = state.body().toArray();
        if (body.length > MAX_BODY_BYTES) {
            throw new StateException("it is larger than " + MAX_BODY_BYTES + " bytes");
        }
        byte[] document = new byte[HEADER_BYTES + body.length];
        ByteBuffer fields = buffer(document);
        fields.putLong(MAGIC)
                .putShort((short) VERSION)
                .putShort((short) state.version())
                .putInt(deviceType)
                .putInt(body.length)
                .putInt(0)
                .put(body);
        fields.putInt(CRC_OFFSET, checksum(document));
        return document;
    }

    /**
     * Reads a document and checks all of it.
     *
     * @param deviceType what it has to be for
     * @param bytes what arrived
     * @throws StateException if it is no whole, unchanged document for such a device that this program understands
     */
    public static SavedState decode(int deviceType, byte[] bytes) {
        ByteBuffer document = buffer(bytes);
        require(bytes.length >= HEADER_BYTES, "it ends after " + bytes.length + " bytes");
        require(document.getLong(0) == MAGIC, "it is no state of a device of Troupe");
        int version = Short.toUnsignedInt(document.getShort(VERSION_OFFSET));
        require(version == VERSION, "its format has version " + version + ", this program knows " + VERSION);
        int type = document.getInt(TYPE_OFFSET);
        require(
                type == deviceType,
                "it is of a device of type " + Integer.toUnsignedString(type) + ", not " + deviceType);
        int length = document.getInt(LENGTH_OFFSET);
        require(
                length == bytes.length - HEADER_BYTES,
                "it says " + Integer.toUnsignedString(length) + " bytes and has " + (bytes.length - HEADER_BYTES));
        require(document.getInt(CRC_OFFSET) == checksum(bytes), "its checksum is wrong");
        return new SavedState(
                Short.toUnsignedInt(document.getShort(BODY_VERSION_OFFSET)),
                Bytes.of(Arrays.copyOfRange(bytes, HEADER_BYTES, bytes.length)));
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new StateException(otherwise);
        }
    }

    private static int checksum(byte[] document) {
        CRC32C crc = new CRC32C();
        crc.update(document, 0, CRC_OFFSET);
        crc.update(document, HEADER_BYTES, document.length - HEADER_BYTES);
        return (int) crc.getValue();
    }

    private static ByteBuffer buffer(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
