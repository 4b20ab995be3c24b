package dev.troupe.runtime.bench;

import dev.troupe.devices.gpio.GpioWire;
import dev.troupe.runtime.probe.ProbeResult;
import dev.troupe.transport.frontend.BufferList;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A line of a GPIO device (virtio 1.4, section 5.18), read, or driven, or driven to make another one interrupt. */
final class GpioSubject implements QueueSubject {

    private static final String GET = "get";
    private static final String SET = "set";
    private static final String INTERRUPT = "interrupt";
    private static final int BUFFERS = 2;
    private static final int AREA_BYTES = 64;

    private final BenchPlan plan;
    private final String request;
    private final int line;
    private final int follower;

    private GpioSubject(BenchPlan plan, String request, int line, int follower) {
        this.plan = plan;
        this.request = request;
        this.line = line;
        this.follower = follower;
    }

    /**
     * Checks the plan.
     *
     * @throws BenchException if it does not fit
     */
    static GpioSubject of(BenchPlan plan, ProbeResult probe) throws BenchException {
        plan.requireNoData("A GPIO device");
        plan.requireOneQueue();
        Aim aim = plan.aim();
        String request = aim.requestOf(GET, SET, INTERRUPT);
        long lines = probe.config()
                .value(probe.certainType().getFirst().configFields(), "ngpio")
                .orElse(0);
        int follower = aim.interruptLine().orElse(aim.line());
        if (Math.max(aim.line(), follower) >= lines) {
            throw new BenchException("The back end has " + lines + " lines, from 0 on; there is no line "
                    + Math.max(aim.line(), follower) + ".");
        }
        if (request.equals(INTERRUPT)) {
            if ((probe.features() & GpioWire.VIRTIO_GPIO_F_IRQ) == 0) {
                throw new BenchException("The back end offers no interrupts (VIRTIO_GPIO_F_IRQ).");
            }
            if (follower == aim.line()) {
                throw new BenchException(
                        "--request interrupt needs another line, which follows the first: --interrupt-line.");
            }
            if (plan.depth() != 1) {
                throw new BenchException("A line interrupts once at a time: use --depth 1.");
            }
        }
        return new GpioSubject(plan, request, aim.line(), follower);
    }

    private boolean interrupts() {
        return request.equals(INTERRUPT);
    }

    @Override
    public String title() {
        return interrupts() ? "interrupts of line " + follower + " by line " + line : request + " of line " + line;
    }

    @Override
    public String noun() {
        return interrupts() ? "interrupts" : "requests";
    }

    @Override
    public long accepted() {
        return GpioWire.VIRTIO_GPIO_F_IRQ;
    }

    @Override
    public int firstRing() {
        return interrupts() ? GpioWire.EVENTQ : GpioWire.REQUESTQ;
    }

    @Override
    public int rings(int queues) {
        return GpioWire.EVENTQ + 1;
    }

    @Override
    public int buffers() {
        return BUFFERS;
    }

    @Override
    public long memoryBytes() {
        return (long) Math.max(plan.depth(), GpioInterrupts.REQUESTS) * AREA_BYTES + AREA_BYTES;
    }

    @Override
    public void meet(BenchSession session) throws BenchException {
        if (request.equals(GET)) {
            return;
        }
        Lines lines = new Lines(session);
        lines.ask(GpioWire.VIRTIO_GPIO_MSG_SET_VALUE, line, 0);
        lines.ask(GpioWire.VIRTIO_GPIO_MSG_SET_DIRECTION, line, GpioWire.VIRTIO_GPIO_DIRECTION_OUT);
        if (interrupts()) {
            lines.ask(GpioWire.VIRTIO_GPIO_MSG_SET_DIRECTION, follower, GpioWire.VIRTIO_GPIO_DIRECTION_IN);
            for (int level = 1; level >= 0; level--) {
                lines.ask(GpioWire.VIRTIO_GPIO_MSG_SET_VALUE, line, level);
                if (lines.ask(GpioWire.VIRTIO_GPIO_MSG_GET_VALUE, follower, 0) != level) {
                    throw new BenchException(
                            "Line " + follower + " does not follow line " + line + ": they are not connected.");
                }
            }
            lines.ask(GpioWire.VIRTIO_GPIO_MSG_SET_IRQ_TYPE, follower, GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH);
        }
    }

    @Override
    public void part(BenchSession session) throws BenchException {
        if (request.equals(GET)) {
            return;
        }
        Lines lines = new Lines(session);
        if (interrupts()) {
            lines.ask(GpioWire.VIRTIO_GPIO_MSG_SET_IRQ_TYPE, follower, GpioWire.VIRTIO_GPIO_IRQ_TYPE_NONE);
            lines.ask(GpioWire.VIRTIO_GPIO_MSG_SET_DIRECTION, follower, GpioWire.VIRTIO_GPIO_DIRECTION_NONE);
        }
        lines.ask(GpioWire.VIRTIO_GPIO_MSG_SET_DIRECTION, line, GpioWire.VIRTIO_GPIO_DIRECTION_NONE);
    }

    @Override
    public Workload workload(BenchSession session, int queue, long seed) {
        return interrupts()
                ? new GpioInterrupts(session, line, follower)
                : new GpioWorkload(session.memory(), plan.depth(), line, request.equals(SET));
    }

    /** Single requests. */
    private final class Lines {
        private final Inquirer inquirer;
        private final long address;
        private final MemorySegment area;

        Lines(BenchSession session) {
            inquirer = new Inquirer(session, GpioWire.REQUESTQ, plan.patience().toNanos());
            address = session.memory().allocate(AREA_BYTES, AREA_BYTES);
            area = session.memory().segment(address, AREA_BYTES);
        }

        /** Makes a request that has to succeed; returns its value. */
        int ask(int type, int gpio, int value) throws BenchException {
            GpioWire.putRequest(area, 0, type, gpio, value);
            area.set(ValueLayout.JAVA_BYTE, GpioWire.REQUEST_SIZE, (byte) GpioWire.VIRTIO_GPIO_STATUS_ERR);
            inquirer.ask(
                    new BufferList()
                            .readable(address, GpioWire.REQUEST_SIZE)
                            .writable(address + GpioWire.REQUEST_SIZE, GpioWire.RESPONSE_SIZE),
                    "a request of type " + type);
            if (area.get(ValueLayout.JAVA_BYTE, GpioWire.REQUEST_SIZE) != GpioWire.VIRTIO_GPIO_STATUS_OK) {
                throw new BenchException("The back end refuses a request of type " + type + " for line " + gpio
                        + "; perhaps somebody else drives it.");
            }
            return area.get(ValueLayout.JAVA_BYTE, GpioWire.REQUEST_SIZE + 1);
        }
    }
}
