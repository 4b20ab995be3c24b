package dev.troupe.transport.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A line of a host's GPIO chip that this process has taken; {@link #close} gives it back. What it drives stays so, on most
 * chips. Setting and reading may block, {@link #nextEdge} does not. Failures are {@link SysException}s.
 *
 * <pre>
 * struct gpio_v2_line_config     struct gpio_v2_line_values    struct gpio_v2_line_event
 *  0 u64 flags                    0 u64 bits                    0 u64 timestamp_ns
 *  8 u32 num_attrs                8 u64 mask                    8 u32 id (1 rising, 2 falling)
 * 32 attrs[10] (24 each):                                      12 u32 offset
 *    u32 id, u32, u64 values,                                  16 u32 seqno
 *    u64 mask                                                  20 u32 line_seqno, padding to 48
 * </pre>
 */
public final class GpioLine implements AutoCloseable {
    private static final long GPIO_V2_LINE_SET_CONFIG_IOCTL = 0xc110b40dL;
    private static final long GPIO_V2_LINE_GET_VALUES_IOCTL = 0xc010b40eL;
    private static final long GPIO_V2_LINE_SET_VALUES_IOCTL = 0xc010b40fL;
    private static final long FLAG_INPUT = 1 << 2;
    private static final long FLAG_OUTPUT = 1 << 3;
    private static final long FLAG_EDGES = 1 << 4 | 1 << 5;
    private static final int CONFIG_BYTES = 272;
    private static final int ATTRIBUTE_COUNT_OFFSET = 8;
    private static final int ATTRIBUTE_OFFSET = 32;
    private static final int ATTRIBUTE_VALUES = 8;
    private static final int ATTRIBUTE_MASK = 16;
    private static final int ATTR_ID_OUTPUT_VALUES = 2;
    private static final int VALUES_BYTES = 16;
    private static final int EVENT_BYTES = 48;
    private static final int EVENT_ID_OFFSET = 8;
    private static final int RISING_EDGE = 1;
    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;
    private static final int O_NONBLOCK = 0x800;

    private final Fd fd;
    private final MemorySegment event = Arena.ofAuto().allocate(EVENT_BYTES, Long.BYTES);

    private GpioLine(Fd fd) {
        this.fd = fd;
    }

    static GpioLine over(Fd fd) {
        int raw = fd.acquire();
        try {
            int flags = LibC.check(LibC.fcntl(raw, F_GETFL, 0), "fcntl F_GETFL", fd);
            LibC.check(LibC.fcntl(raw, F_SETFL, flags | O_NONBLOCK), "fcntl F_SETFL", fd);
            return new GpioLine(fd);
        } catch (SysException e) {
            fd.close();
            throw e;
        } finally {
            fd.release();
        }
    }

    /** What edges make readable, for an event loop to watch. */
    public Fd fd() {
        return fd;
    }

    /** Makes it an input, and has its edges told or not. */
    public void input(boolean edges) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment config = arena.allocate(CONFIG_BYTES, Long.BYTES);
            config.set(ValueLayout.JAVA_LONG, 0, FLAG_INPUT | (edges ? FLAG_EDGES : 0));
            call(GPIO_V2_LINE_SET_CONFIG_IOCTL, config, "GPIO_V2_LINE_SET_CONFIG");
        }
    }

    /** Makes it an output of this level. */
    public void output(boolean high) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment config = arena.allocate(CONFIG_BYTES, Long.BYTES);
            describeOutput(config, high);
            call(GPIO_V2_LINE_SET_CONFIG_IOCTL, config, "GPIO_V2_LINE_SET_CONFIG");
        }
    }

    /** Writes the configuration of an output. */
    static void describeOutput(MemorySegment config, boolean high) {
        config.set(ValueLayout.JAVA_LONG, 0, FLAG_OUTPUT);
        config.set(ValueLayout.JAVA_INT, ATTRIBUTE_COUNT_OFFSET, 1);
        config.set(ValueLayout.JAVA_INT, ATTRIBUTE_OFFSET, ATTR_ID_OUTPUT_VALUES);
        config.set(ValueLayout.JAVA_LONG, ATTRIBUTE_OFFSET + ATTRIBUTE_VALUES, high ? 1 : 0);
        config.set(ValueLayout.JAVA_LONG, ATTRIBUTE_OFFSET + ATTRIBUTE_MASK, 1);
    }

    /** Its level. */
    public boolean get() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment values = values(arena, false);
            call(GPIO_V2_LINE_GET_VALUES_IOCTL, values, "GPIO_V2_LINE_GET_VALUES");
            return (values.get(ValueLayout.JAVA_LONG, 0) & 1) != 0;
        }
    }

    /** Drives it; only while it is an output. */
    public void set(boolean high) {
        try (Arena arena = Arena.ofConfined()) {
            call(GPIO_V2_LINE_SET_VALUES_IOCTL, values(arena, high), "GPIO_V2_LINE_SET_VALUES");
        }
    }

    private static MemorySegment values(Arena arena, boolean high) {
        MemorySegment values = arena.allocate(VALUES_BYTES, Long.BYTES);
        values.set(ValueLayout.JAVA_LONG, 0, high ? 1 : 0);
        values.set(ValueLayout.JAVA_LONG, Long.BYTES, 1);
        return values;
    }

    private void call(long request, MemorySegment argument, String name) {
        int raw = fd.acquire();
        try {
            LibC.check(LibC.ioctl(raw, request, argument.address()), "ioctl " + name, fd);
        } finally {
            fd.release();
        }
    }

    /** What {@link #nextEdge} found. */
    public enum Edge {
        /** From low to high. */
        RISING,
        /** From high to low. */
        FALLING,
        /** There is none that has not been told. */
        NONE
    }

    /** The oldest edge that has not been told yet. By one thread at a time. */
    public Edge nextEdge() {
        int raw = fd.acquire();
        try {
            long got = LibC.read(raw, event.address(), EVENT_BYTES);
            if (got != EVENT_BYTES) {
                return Edge.NONE;
            }
            return event.get(ValueLayout.JAVA_INT, EVENT_ID_OFFSET) == RISING_EDGE ? Edge.RISING : Edge.FALLING;
        } finally {
            fd.release();
        }
    }

    @Override
    public void close() {
        fd.close();
    }
}
