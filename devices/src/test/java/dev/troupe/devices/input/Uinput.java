package dev.troupe.devices.input;

import dev.troupe.transport.sys.Evdev;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.HostFile;
import dev.troupe.transport.sys.OpenFlag;
import dev.troupe.transport.sys.SysException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * An input device that the kernel's uinput (linux/uinput.h) plugs in, whose keys a test presses and whose lights it sees.
 *
 * <pre>
 * struct uinput_setup            struct uinput_abs_setup
 *  0 u16 bus, vendor,             0 u16 code
 *        product, version         4 s32 value, minimum, maximum, fuzz, flat, resolution
 *  8 char name[80]
 * 88 u32 ff_effects_max
 * </pre>
 */
final class Uinput implements AutoCloseable {
    private static final Path UINPUT = Path.of("/dev/uinput");
    private static final Path DEVICES = Path.of("/sys/devices/virtual/input");
    private static final long UI_DEV_CREATE = 0x5501;
    private static final long UI_DEV_DESTROY = 0x5502;
    private static final long UI_DEV_SETUP = 0x405c5503L;
    private static final long UI_ABS_SETUP = 0x401c5504L;
    private static final long UI_SET_EVBIT = 0x40045564L;
    private static final long UI_SET_PROPBIT = 0x4004556eL;
    private static final long UI_GET_SYSNAME = 0x8040552cL;
    private static final int SETUP_BYTES = 92;
    private static final int ABS_SETUP_BYTES = 28;
    private static final int NAME_OFFSET = 8;
    private static final int SYSNAME_BYTES = 64;
    private static final MethodHandle IOCTL = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("ioctl"),
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG),
                    Linker.Option.firstVariadicArg(2));

    private final Fd fd;

    /** What a device is to be; each method adds to it. */
    static final class Plan {
        private final List<long[]> bits = new ArrayList<>();
        private final List<int[]> axes = new ArrayList<>();
        private String name = "";

        /** With these codes of an event type. */
        Plan with(int type, int... codes) {
            bits.add(new long[] {UI_SET_EVBIT, type});
            for (int code : codes) {
                bits.add(new long[] {UI_SET_EVBIT + setting(type), code});
            }
            return this;
        }

        /** UI_SET_KEYBIT, _RELBIT, _ABSBIT, _MSCBIT, _LEDBIT, _SNDBIT and _SWBIT are numbered otherwise than the types. */
        private static int setting(int type) {
            return switch (type) {
                case EventCodes.EV_LED -> 5;
                case EventCodes.EV_SND -> 6;
                case EventCodes.EV_SW -> 9;
                default -> type;
            };
        }

        /** With an absolute axis: code, value, minimum, maximum, fuzz, flat, resolution. */
        Plan axis(int... setup) {
            axes.add(setup);
            return with(EventCodes.EV_ABS, setup[0]);
        }

        /** With one of Linux's INPUT_PROP. */
        Plan property(int property) {
            bits.add(new long[] {UI_SET_PROPBIT, property});
            return this;
        }

        /** Plugs it in. */
        Uinput plug() {
            return new Uinput(this);
        }
    }

    /** A device of this name that has nothing yet. */
    static Plan called(String name) {
        Plan plan = new Plan();
        plan.name = name;
        return plan;
    }

    private Uinput(Plan plan) {
        if (!Files.exists(UINPUT)) {
            throw new AssertionError(
                    "NOT RUN: there is no uinput here. HostSideIT of the module samples runs this in a guest.");
        }
        fd = HostFile.open(UINPUT, OpenFlag.WRITE, OpenFlag.NON_BLOCK);
        plan.bits.forEach(bit -> control(bit[0], bit[1]));
        try (Arena arena = Arena.ofConfined()) {
            for (int[] axis : plan.axes) {
                MemorySegment setup = arena.allocate(ABS_SETUP_BYTES, Integer.BYTES);
                setup.set(ValueLayout.JAVA_SHORT, 0, (short) axis[0]);
                MemorySegment.copy(axis, 1, setup, ValueLayout.JAVA_INT, Integer.BYTES, axis.length - 1);
                control(UI_ABS_SETUP, setup.address());
            }
            MemorySegment setup = arena.allocate(SETUP_BYTES, Integer.BYTES);
            for (int i = 0; i < 4; i++) {
                setup.set(ValueLayout.JAVA_SHORT, 2L * i, (short) (0x1203 + i));
            }
            byte[] name = plan.name.getBytes(StandardCharsets.UTF_8);
            MemorySegment.copy(name, 0, setup, ValueLayout.JAVA_BYTE, NAME_OFFSET, name.length);
            control(UI_DEV_SETUP, setup.address());
        }
        control(UI_DEV_CREATE, 0);
    }

    private void control(long request, long argument) {
        int result = fd.withNumber(number -> {
            try {
                return (int) IOCTL.invokeExact(number, request, argument);
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        });
        if (result < 0) {
            throw new AssertionError("uinput refused 0x" + Long.toHexString(request));
        }
    }

    /** Its device file, which everybody reads its events from. */
    Path path() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocate(SYSNAME_BYTES);
            control(UI_GET_SYSNAME, name.address());
            try (Stream<Path> parts = Files.list(DEVICES.resolve(name.getString(0)))) {
                return parts.map(part -> String.valueOf(part.getFileName()))
                        .filter(part -> part.startsWith("event"))
                        .map(event -> Path.of("/dev/input", event))
                        .findFirst()
                        .orElseThrow();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The device tells one event, and that its report is complete. */
    void tell(int type, int code, int value) {
        say(type, code, value);
        say(EventCodes.EV_SYN, EventCodes.SYN_REPORT, 0);
    }

    /** The device tells one event of a report. */
    void say(int type, int code, int value) {
        if (Evdev.write(fd, type, code, value) < 0) {
            throw new AssertionError("uinput took no event");
        }
    }

    /** The next event that the kernel has for the device, such as a light. */
    Optional<Long> next() {
        return nextOf(fd);
    }

    /** The next event that stands to be read at a device file or at uinput's. */
    static Optional<Long> nextOf(Fd from) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment event = arena.allocate(Evdev.EVENT_BYTES, Long.BYTES);
            return Evdev.read(from, event) == Evdev.EVENT_BYTES
                    ? Optional.of(InputWire.event(Evdev.type(event, 0), Evdev.code(event, 0), Evdev.value(event, 0)))
                    : Optional.empty();
        }
    }

    /** Unplugs it. */
    @Override
    public void close() {
        try {
            control(UI_DEV_DESTROY, 0);
        } catch (SysException e) {
            throw new AssertionError(e);
        } finally {
            fd.close();
        }
    }
}
