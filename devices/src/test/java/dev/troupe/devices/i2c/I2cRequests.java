package dev.troupe.devices.i2c;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Requests as drivers make them. */
final class I2cRequests {
    private I2cRequests() {}

    /** The readable part of a read. */
    static byte[] read(int address) {
        return request(address, I2cWire.VIRTIO_I2C_FLAGS_M_RD);
    }

    /** The readable part of a write. */
    static byte[] write(int address, int... data) {
        return request(address, 0, data);
    }

    /** The readable part of a write of which more of the same transfer follows. */
    static byte[] writeAndMore(int address, int... data) {
        return request(address, I2cWire.VIRTIO_I2C_FLAGS_FAIL_NEXT, data);
    }

    /** The readable part of any request. */
    static byte[] request(int address, int flags, int... data) {
        return raw(I2cWire.addressField(address), flags, data);
    }

    /** The readable part of any request, whatever its address means. */
    static byte[] raw(int addressField, int flags, int... data) {
        ByteBuffer bytes =
                ByteBuffer.allocate(I2cWire.HEADER_SIZE + data.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putShort((short) addressField).putShort((short) 0).putInt(flags);
        for (int value : data) {
            bytes.put((byte) value);
        }
        return bytes.array();
    }
}
