package dev.troupe.transport.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * Input devices of the host ({@code /dev/input/eventN}), as Linux's {@code input.h} has it. Any thread; no call waits but
 * where it says so. Failures are {@link SysException}s: ENOTTY for what is no input device, ENODEV for one that was
 * unplugged.
 */
public final class Evdev {
    /** struct input_event: two 64-bit halves of a time, u16 type, u16 code, s32 value. */
    public static final int EVENT_BYTES = 24;

    /** Where the type stands in an event; code and value follow. */
    public static final int TYPE_OFFSET = 16;

    private static final int CODE_OFFSET = 18;
    private static final int VALUE_OFFSET = 20;
    private static final long WRITE = 1L << 30;
    private static final long READ = 2L << 30;
    private static final long GROUP = 'E' << 8;
    private static final int SIZE_SHIFT = 16;
    private static final int EVIOCGID = 0x02;
    private static final int EVIOCGNAME = 0x06;
    private static final int EVIOCGUNIQ = 0x08;
    private static final int EVIOCGPROP = 0x09;
    private static final int EVIOCGMTSLOTS = 0x0a;
    private static final int EVIOCGKEY = 0x18;
    private static final int EVIOCGSW = 0x1b;
    private static final int EVIOCGBIT = 0x20;
    private static final int EVIOCGABS = 0x40;
    private static final int EVIOCGRAB = 0x90;
    private static final int TEXT_BYTES = 256;
    private static final int IDS = 4;
    private static final int PROPERTY_BYTES = 8;
    private static final int ABSINFO_INTS = 6;

    private Evdev() {}

    /** Its name. */
    public static String name(Fd device) {
        return text(device, EVIOCGNAME, "ioctl EVIOCGNAME");
    }

    /** What tells it from its like, such as a serial number; often empty. */
    public static String unique(Fd device) {
        try {
            return text(device, EVIOCGUNIQ, "ioctl EVIOCGUNIQ");
        } catch (SysException e) {
            // Linux's word for "it has none".
            if (e.errno() == Errno.ENOENT) {
                return "";
            }
            throw e;
        }
    }

    private static String text(Fd device, int number, String call) {
        byte[] bytes = query(device, number, TEXT_BYTES, call);
        int length = 0;
        while (length < bytes.length && bytes[length] != 0) {
            length++;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    /** Bus type, vendor, product and version. */
    public static int[] ids(Fd device) {
        byte[] bytes = query(device, EVIOCGID, IDS * Short.BYTES, "ioctl EVIOCGID");
        int[] ids = new int[IDS];
        for (int i = 0; i < IDS; i++) {
            ids[i] = (bytes[2 * i] & 0xff) | (bytes[2 * i + 1] & 0xff) << 8;
        }
        return ids;
    }

    /** Its properties (INPUT_PROP), as bits. */
    public static byte[] properties(Fd device) {
        return query(device, EVIOCGPROP, PROPERTY_BYTES, "ioctl EVIOCGPROP");
    }

    /**
     * Which codes of an event type it has, as bits.
     *
     * @param type the type, such as 1 for keys; type 0 gives the types it has
     * @param bytes how many bytes of bits; what is beyond is left out
     */
    public static byte[] codes(Fd device, int type, int bytes) {
        return query(device, EVIOCGBIT + type, bytes, "ioctl EVIOCGBIT");
    }

    /** An absolute axis: value, minimum, maximum, fuzz, flat, resolution. */
    public static int[] axis(Fd device, int code) {
        return ints(query(device, EVIOCGABS + code, ABSINFO_INTS * Integer.BYTES, "ioctl EVIOCGABS"));
    }

    /** The keys and buttons that are held, as {@code bytes} bytes of bits. */
    public static byte[] heldKeys(Fd device, int bytes) {
        return query(device, EVIOCGKEY, bytes, "ioctl EVIOCGKEY");
    }

    /** The switches that are on, as {@code bytes} bytes of bits. */
    public static byte[] switches(Fd device, int bytes) {
        return query(device, EVIOCGSW, bytes, "ioctl EVIOCGSW");
    }

    /** The value of a code (ABS_MT) for each of {@code slots} slots. */
    public static int[] slots(Fd device, int code, int slots) {
        int bytes = (1 + slots) * Integer.BYTES;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment request = arena.allocate(bytes, Integer.BYTES);
            request.set(ValueLayout.JAVA_INT, 0, code);
            control(device, request(READ, EVIOCGMTSLOTS, bytes), request.address(), "ioctl EVIOCGMTSLOTS");
            return request.asSlice(Integer.BYTES).toArray(ValueLayout.JAVA_INT);
        }
    }

    /**
     * Takes all events for this opening of the device, or gives them back to everybody.
     *
     * @throws SysException EBUSY if somebody else has taken them
     */
    public static void grab(Fd device, boolean wanted) {
        control(device, request(WRITE, EVIOCGRAB, Integer.BYTES), wanted ? 1 : 0, "ioctl EVIOCGRAB");
    }

    /**
     * Reads events that are there; the device must have been opened non-blocking.
     *
     * @param into native memory for whole events of {@link #EVENT_BYTES}
     * @return how many bytes, or minus the error: EAGAIN if there is none
     */
    public static int read(Fd device, MemorySegment into) {
        int raw = device.acquire();
        try {
            long got = LibC.read(raw, into.address(), into.byteSize());
            return got < 0 ? -LibC.errno() : (int) got;
        } finally {
            device.release();
        }
    }

    /** The type of the event that stands at an offset. */
    public static int type(MemorySegment events, long offset) {
        return Short.toUnsignedInt(events.get(ValueLayout.JAVA_SHORT_UNALIGNED, offset + TYPE_OFFSET));
    }

    /** The code of the event that stands at an offset. */
    public static int code(MemorySegment events, long offset) {
        return Short.toUnsignedInt(events.get(ValueLayout.JAVA_SHORT_UNALIGNED, offset + CODE_OFFSET));
    }

    /** The value of the event that stands at an offset. */
    public static int value(MemorySegment events, long offset) {
        return events.get(ValueLayout.JAVA_INT_UNALIGNED, offset + VALUE_OFFSET);
    }

    /**
     * Writes an event to the device, such as a light; the device must have been opened for writing.
     *
     * @return 0 or minus the error
     */
    public static int write(Fd device, int type, int code, int value) {
        int raw = device.acquire();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment event = arena.allocate(EVENT_BYTES, Long.BYTES);
            put(event, 0, type, code, value);
            return LibC.write(raw, event.address(), EVENT_BYTES) < 0 ? -LibC.errno() : 0;
        } finally {
            device.release();
        }
    }

    /** Puts an event with no time at an offset, as a device would. */
    public static void put(MemorySegment events, long offset, int type, int code, int value) {
        events.set(ValueLayout.JAVA_SHORT_UNALIGNED, offset + TYPE_OFFSET, (short) type);
        events.set(ValueLayout.JAVA_SHORT_UNALIGNED, offset + CODE_OFFSET, (short) code);
        events.set(ValueLayout.JAVA_INT_UNALIGNED, offset + VALUE_OFFSET, value);
    }

    private static long request(long direction, int number, int bytes) {
        return direction | (long) bytes << SIZE_SHIFT | GROUP | number;
    }

    private static byte[] query(Fd device, int number, int bytes, String call) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment answer = arena.allocate(bytes, Long.BYTES);
            control(device, request(READ, number, bytes), answer.address(), call);
            return answer.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    private static int[] ints(byte[] bytes) {
        return MemorySegment.ofArray(bytes).toArray(ValueLayout.JAVA_INT_UNALIGNED);
    }

    private static void control(Fd device, long request, long argument, String call) {
        int raw = device.acquire();
        try {
            LibC.check(LibC.ioctl(raw, request, argument), call, device);
        } finally {
            device.release();
        }
    }
}
