package dev.troupe.runtime.bench;

import dev.troupe.devices.gpio.GpioWire;
import dev.troupe.transport.frontend.BufferList;
import dev.troupe.transport.frontend.DriverQueue;
import dev.troupe.transport.frontend.VringFds;
import dev.troupe.transport.sys.EventFd;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Interrupts of a line that follows another: a request unmasks the one on the eventq, then a request on the requestq, whose answer
 * nobody waits for, gives the other another level.
 */
final class GpioInterrupts implements Workload {

    /** So many changes of level have places of their own. */
    static final int REQUESTS = 32;

    private static final int STRIDE = 64;

    private final int line;
    private final int follower;
    private final DriverQueue requests;
    private final VringFds requestFds;
    private final BufferList buffers = new BufferList();
    private final long base;
    private final MemorySegment area;
    private int level;
    private int next;
    private String firstProblem = "";

    GpioInterrupts(BenchSession session, int line, int follower) {
        this.line = line;
        this.follower = follower;
        requests = session.ring(GpioWire.REQUESTQ);
        requestFds = session.fds(GpioWire.REQUESTQ);
        base = session.memory().allocate((REQUESTS + 1L) * STRIDE, STRIDE);
        area = session.memory().segment(base, (REQUESTS + 1L) * STRIDE);
    }

    @Override
    public void prepare(int slot, BufferList into) {
        GpioWire.putUnmask(area, 0, follower);
        area.set(ValueLayout.JAVA_BYTE, GpioWire.IRQ_REQUEST_SIZE, (byte) GpioWire.VIRTIO_GPIO_IRQ_STATUS_INVALID);
        into.readable(base, GpioWire.IRQ_REQUEST_SIZE);
        into.writable(base + GpioWire.IRQ_REQUEST_SIZE, GpioWire.IRQ_RESPONSE_SIZE);
    }

    @Override
    public boolean isProvoked() {
        return true;
    }

    @Override
    public void provoke() {
        while (requests.poll()) {
            // A level that was refused makes no interrupt, and that is seen.
        }
        if (requests.outstanding() == REQUESTS) {
            throw new IllegalStateException("the back end tells of interrupts, but answers no requests");
        }
        level ^= 1;
        next = (next + 1) % REQUESTS;
        long at = (next + 1L) * STRIDE;
        GpioWire.putRequest(area, at, GpioWire.VIRTIO_GPIO_MSG_SET_VALUE, line, level);
        buffers.clear()
                .readable(base + at, GpioWire.REQUEST_SIZE)
                .writable(base + at + GpioWire.REQUEST_SIZE, GpioWire.RESPONSE_SIZE);
        requests.add(buffers, next);
        if (requests.publish()) {
            EventFd.signal(requestFds.kick());
        }
    }

    @Override
    public long finish(int slot, long usedLengthBytes) {
        byte status = area.get(ValueLayout.JAVA_BYTE, GpioWire.IRQ_REQUEST_SIZE);
        if (status == GpioWire.VIRTIO_GPIO_IRQ_STATUS_VALID) {
            return 0;
        }
        if (firstProblem.isEmpty()) {
            firstProblem = "the buffers of line " + follower + " came back without an interrupt";
        }
        return -1;
    }

    @Override
    public String firstProblem() {
        return firstProblem;
    }
}
