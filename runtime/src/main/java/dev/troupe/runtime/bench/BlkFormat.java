package dev.troupe.runtime.bench;

import dev.troupe.devices.blk.BlkWire;
import dev.troupe.transport.frontend.BufferList;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Requests to a block device ({@link BlkWire}): a header, the data, one byte of status. Header and status have cache lines of
 * their own in the control area.
 *
 * @param dataBytes the size of a request's data
 * @param segmentBytes the longest data buffer
 */
record BlkFormat(int dataBytes, int segmentBytes) implements DiskFormat {

    private static final byte NO_STATUS = (byte) 0xff;
    private static final int CONTROL_BYTES = 128;
    private static final int STATUS_OFFSET = 64;

    @Override
    public int controlBytes() {
        return CONTROL_BYTES;
    }

    @Override
    public int buffers() {
        return 2 + Math.ceilDiv(dataBytes, segmentBytes);
    }

    @Override
    public void put(MemorySegment control, long at, boolean write, long offsetBytes) {
        int type = write ? BlkWire.VIRTIO_BLK_T_OUT : BlkWire.VIRTIO_BLK_T_IN;
        BlkWire.putHeader(control, at, type, offsetBytes / BlkWire.SECTOR_BYTES);
        control.set(ValueLayout.JAVA_BYTE, at + STATUS_OFFSET, NO_STATUS);
    }

    @Override
    public void list(long controlAddress, long dataAddress, boolean write, BufferList into) {
        into.readable(controlAddress, BlkWire.HEADER_SIZE);
        for (int done = 0; done < dataBytes; ) {
            int length = Math.min(segmentBytes, dataBytes - done);
            if (write) {
                into.readable(dataAddress + done, length);
            } else {
                into.writable(dataAddress + done, length);
            }
            done += length;
        }
        into.writable(controlAddress + STATUS_OFFSET, 1);
    }

    @Override
    public boolean isGood(MemorySegment control, long at) {
        return status(control, at) == BlkWire.VIRTIO_BLK_S_OK;
    }

    @Override
    public String failure(MemorySegment control, long at) {
        return "came back with status " + (status(control, at) & 0xff);
    }

    private static byte status(MemorySegment control, long at) {
        return control.get(ValueLayout.JAVA_BYTE, at + STATUS_OFFSET);
    }
}
