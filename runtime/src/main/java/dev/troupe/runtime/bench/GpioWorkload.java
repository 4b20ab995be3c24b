package dev.troupe.runtime.bench;

import dev.troupe.devices.gpio.GpioWire;
import dev.troupe.transport.frontend.BufferList;
import dev.troupe.transport.frontend.GuestMemoryFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Requests for one line: its level, or another level each time. */
final class GpioWorkload implements Workload {

    private static final int STRIDE = 64;

    private final int line;
    private final boolean sets;
    private final long base;
    private final MemorySegment area;
    private int level;
    private String firstProblem = "";

    GpioWorkload(GuestMemoryFile memory, int slots, int line, boolean sets) {
        this.line = line;
        this.sets = sets;
        base = memory.allocate((long) slots * STRIDE, STRIDE);
        area = memory.segment(base, (long) slots * STRIDE);
    }

    @Override
    public void prepare(int slot, BufferList into) {
        long at = (long) slot * STRIDE;
        if (sets) {
            level ^= 1;
        }
        GpioWire.putRequest(
                area, at, sets ? GpioWire.VIRTIO_GPIO_MSG_SET_VALUE : GpioWire.VIRTIO_GPIO_MSG_GET_VALUE, line, level);
        area.set(ValueLayout.JAVA_BYTE, at + GpioWire.REQUEST_SIZE, (byte) GpioWire.VIRTIO_GPIO_STATUS_ERR);
        into.readable(base + at, GpioWire.REQUEST_SIZE);
        into.writable(base + at + GpioWire.REQUEST_SIZE, GpioWire.RESPONSE_SIZE);
    }

    @Override
    public long finish(int slot, long usedLengthBytes) {
        byte status = area.get(ValueLayout.JAVA_BYTE, (long) slot * STRIDE + GpioWire.REQUEST_SIZE);
        if (status == GpioWire.VIRTIO_GPIO_STATUS_OK) {
            return 0;
        }
        if (firstProblem.isEmpty()) {
            firstProblem = "a request for line " + line + " came back with status " + (status & 0xff);
        }
        return -1;
    }

    @Override
    public String firstProblem() {
        return firstProblem;
    }
}
