package dev.troupe.devices.blk;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;

/** Requests as a block device's driver writes them. */
final class BlkRequests {
    private BlkRequests() {}

    static byte[] header(int type, long sector) {
        return ByteBuffer.allocate(BlkWire.HEADER_SIZE)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(type)
                .putInt(0x1234)
                .putLong(sector)
                .array();
    }

    static byte[] write(long sector, byte[] data) {
        byte[] header = header(BlkWire.VIRTIO_BLK_T_OUT, sector);
        return ByteBuffer.allocate(header.length + data.length)
                .put(header)
                .put(data)
                .array();
    }

    /** A discard, write zeroes or secure erase; segments are triples of sector, number and flags. */
    static byte[] segments(int type, long... values) {
        ByteBuffer request = ByteBuffer.allocate(BlkWire.HEADER_SIZE + values.length / 3 * BlkWire.SEGMENT_SIZE)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(header(type, 0));
        for (int i = 0; i < values.length; i += 3) {
            request.putLong(values[i]).putInt((int) values[i + 1]).putInt((int) values[i + 2]);
        }
        return request.array();
    }

    static byte[] pattern(int seed, int bytes) {
        byte[] data = new byte[bytes];
        new Random(seed).nextBytes(data);
        return data;
    }
}
