package dev.troupe.runtime.bench;

import dev.troupe.devices.i2c.I2cWire;
import dev.troupe.transport.frontend.BufferList;
import dev.troupe.transport.frontend.GuestMemoryFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Transfers on an I2C bus: one read, or a write of one zero byte (the register to read from) and a read in one group. Buffers are
 * cut as Linux's driver cuts them: header, data, status.
 */
final class I2cWorkload implements Workload {

    /** Of a chain. */
    static final int BUFFERS = 3;

    private static final int DATA_OFFSET = I2cWire.HEADER_SIZE;
    private static final int LINE_BYTES = 64;
    private static final byte NO_STATUS = (byte) 0xff;

    private final int messageBytes;
    private final int address;
    private final boolean writesFirst;
    private final int stride;
    private final long base;
    private final MemorySegment area;
    private String firstProblem = "";

    /**
     * Lays out slots in guest memory.
     *
     * @param slots twice as many as transfers if {@code writesFirst}
     */
    I2cWorkload(GuestMemoryFile memory, int slots, int messageBytes, int address, boolean writesFirst) {
        this.messageBytes = messageBytes;
        this.address = address;
        this.writesFirst = writesFirst;
        stride = stride(messageBytes);
        base = memory.allocate((long) slots * stride, LINE_BYTES);
        area = memory.segment(base, (long) slots * stride);
    }

    private static int stride(int messageBytes) {
        return Math.ceilDiv(DATA_OFFSET + messageBytes + 1, LINE_BYTES) * LINE_BYTES;
    }

    /** How much guest memory it takes. */
    static long memoryBytes(int slots, int messageBytes) {
        return (long) slots * stride(messageBytes) + LINE_BYTES;
    }

    private boolean isWrite(int slot) {
        return writesFirst && slot % 2 == 0;
    }

    private int bytes(int slot) {
        return isWrite(slot) ? 1 : messageBytes;
    }

    @Override
    public void prepare(int slot, BufferList into) {
        long at = (long) slot * stride;
        int bytes = bytes(slot);
        long status = at + DATA_OFFSET + bytes;
        int flags = isWrite(slot) ? I2cWire.VIRTIO_I2C_FLAGS_FAIL_NEXT : I2cWire.VIRTIO_I2C_FLAGS_M_RD;
        I2cWire.putHeader(area, at, address, flags);
        area.set(ValueLayout.JAVA_BYTE, status, NO_STATUS);
        into.readable(base + at, I2cWire.HEADER_SIZE);
        if (isWrite(slot)) {
            into.readable(base + at + DATA_OFFSET, bytes);
        } else {
            into.writable(base + at + DATA_OFFSET, bytes);
        }
        into.writable(base + status, 1);
    }

    @Override
    public long finish(int slot, long usedLengthBytes) {
        byte status = area.get(ValueLayout.JAVA_BYTE, (long) slot * stride + DATA_OFFSET + bytes(slot));
        if (status == I2cWire.VIRTIO_I2C_MSG_OK) {
            return bytes(slot);
        }
        if (firstProblem.isEmpty()) {
            firstProblem = (isWrite(slot) ? "write of " : "read of ") + bytes(slot) + " bytes at "
                    + I2cWire.formatAddress(address) + " came back with status " + (status & 0xff);
        }
        return -1;
    }

    @Override
    public String firstProblem() {
        return firstProblem;
    }
}
