package dev.troupe.transport.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A GPIO chip of the host, {@code /dev/gpiochipN}, by version 2 of the kernel's interface (linux/gpio.h, Linux 5.10). Threads
 * that may block only; failures are {@link SysException}s.
 *
 * <pre>
 * struct gpiochip_info     struct gpio_v2_line_info     struct gpio_v2_line_request
 *  0 char name[32]          0 char name[32]               0 u32 offsets[64]
 * 32 char label[32]        32 char consumer[32]         256 char consumer[32]
 * 64 u32 lines             64 u32 offset                288 struct gpio_v2_line_config
 *                          68 u32 num_attrs             560 u32 num_lines
 *                          72 u64 flags                 564 u32 event_buffer_size
 *                          80 attrs[10] (16 each)       588 s32 fd
 * </pre>
 */
public final class GpioChip implements AutoCloseable {
    private static final long GPIO_GET_CHIPINFO_IOCTL = 0x8044b401L;
    private static final long GPIO_V2_GET_LINEINFO_IOCTL = 0xc100b405L;
    private static final long GPIO_V2_GET_LINE_IOCTL = 0xc250b407L;
    private static final int NAME_BYTES = 32;
    private static final int INFO_BYTES = 68;
    private static final int LABEL_OFFSET = 32;
    private static final int LINES_OFFSET = 64;
    private static final int LINE_INFO_BYTES = 256;
    private static final int LINE_CONSUMER_OFFSET = 32;
    private static final int LINE_OFFSET_OFFSET = 64;
    private static final int LINE_FLAGS_OFFSET = 72;
    private static final int REQUEST_BYTES = 592;
    private static final int REQUEST_CONSUMER_OFFSET = 256;
    private static final int REQUEST_COUNT_OFFSET = 560;
    private static final int REQUEST_FD_OFFSET = 588;
    private static final long FLAG_USED = 1;
    private static final long FLAG_OUTPUT = 1 << 3;

    private final Fd fd;

    private GpioChip(Fd fd) {
        this.fd = fd;
    }

    /**
     * What a chip says of itself.
     *
     * @param name the kernel's name, such as {@code gpiochip0}
     * @param label what its driver calls it
     * @param lines how many lines it has
     */
    public record Info(String name, String label, int lines) {}

    /**
     * What a chip says of one line.
     *
     * @param name what the board calls it, possibly empty
     * @param consumer who uses it, possibly empty
     * @param used whether somebody does
     * @param output whether it is driven
     */
    public record LineInfo(String name, String consumer, boolean used, boolean output) {}

    /** Opens a chip's device file. */
    public static GpioChip open(Path path) {
        return new GpioChip(HostFile.open(path, OpenFlag.WRITE));
    }

    /** Name, label and number of lines. */
    public Info info() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(INFO_BYTES, Long.BYTES);
            call(GPIO_GET_CHIPINFO_IOCTL, info, "GPIO_GET_CHIPINFO");
            return new Info(text(info, 0), text(info, LABEL_OFFSET), info.get(ValueLayout.JAVA_INT, LINES_OFFSET));
        }
    }

    /** How one line is now. */
    public LineInfo lineInfo(int offset) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(LINE_INFO_BYTES, Long.BYTES);
            info.set(ValueLayout.JAVA_INT, LINE_OFFSET_OFFSET, offset);
            call(GPIO_V2_GET_LINEINFO_IOCTL, info, "GPIO_V2_GET_LINEINFO");
            long flags = info.get(ValueLayout.JAVA_LONG, LINE_FLAGS_OFFSET);
            return new LineInfo(
                    text(info, 0),
                    text(info, LINE_CONSUMER_OFFSET),
                    (flags & FLAG_USED) != 0,
                    (flags & FLAG_OUTPUT) != 0);
        }
    }

    /**
     * Takes a line for this process alone, as it is: neither its direction nor its level change.
     *
     * @param consumer who has it, for others who look; cut to what the kernel can tell
     */
    public GpioLine request(int offset, String consumer) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment request = arena.allocate(REQUEST_BYTES, Long.BYTES);
            describe(request, offset, consumer);
            call(GPIO_V2_GET_LINE_IOCTL, request, "GPIO_V2_GET_LINE");
            return GpioLine.over(Fd.own(request.get(ValueLayout.JAVA_INT, REQUEST_FD_OFFSET)));
        }
    }

    /** Writes the request for one line; what is not set stays 0. */
    static void describe(MemorySegment request, int offset, String consumer) {
        request.set(ValueLayout.JAVA_INT, 0, offset);
        byte[] name = consumer.getBytes(StandardCharsets.US_ASCII);
        int length = Math.min(name.length, NAME_BYTES - 1);
        MemorySegment.copy(name, 0, request, ValueLayout.JAVA_BYTE, REQUEST_CONSUMER_OFFSET, length);
        request.set(ValueLayout.JAVA_INT, REQUEST_COUNT_OFFSET, 1);
    }

    private void call(long request, MemorySegment argument, String name) {
        int raw = fd.acquire();
        try {
            LibC.check(LibC.ioctl(raw, request, argument.address()), "ioctl " + name, fd);
        } finally {
            fd.release();
        }
    }

    private static String text(MemorySegment structure, long offset) {
        byte[] bytes = structure.asSlice(offset, NAME_BYTES).toArray(ValueLayout.JAVA_BYTE);
        int length = 0;
        while (length < NAME_BYTES && bytes[length] != 0) {
            length++;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    /** Closes the chip; lines that were taken stay taken. */
    @Override
    public void close() {
        fd.close();
    }
}
