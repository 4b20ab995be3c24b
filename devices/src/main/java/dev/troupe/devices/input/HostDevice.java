package dev.troupe.devices.input;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.transport.sys.Errno;
import dev.troupe.transport.sys.Evdev;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.HostFile;
import dev.troupe.transport.sys.OpenFlag;
import dev.troupe.transport.sys.SysException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** Finds an input device of the host, opens it, and asks it what it is and how it stands. May block; any thread. */
final class HostDevice {
    private static final Path DEVICES = Path.of("/dev/input");

    /** The types that are passed on; what a kernel keeps to itself, such as force feedback, needs more than events. */
    private static final int[] TYPES = {
        EventCodes.EV_KEY,
        EventCodes.EV_REL,
        EventCodes.EV_ABS,
        EventCodes.EV_MSC,
        EventCodes.EV_SW,
        EventCodes.EV_LED,
        EventCodes.EV_SND
    };

    private final Optional<Path> path;
    private final Optional<String> hostName;

    /** Exactly one of both says which device is meant. */
    HostDevice(Optional<Path> path, Optional<String> hostName) {
        this.path = path;
        this.hostName = hostName;
    }

    /** What the operator calls it. */
    String describe() {
        return path.map(Path::toString).orElseGet(() -> "'" + hostName.orElseThrow() + "'");
    }

    /** The directory into which the device comes when it is plugged in. */
    Path directory() {
        return DEVICES;
    }

    /**
     * Opens it, non-blocking.
     *
     * @return nothing if it is not plugged in
     * @throws DeviceException if it is there and cannot be had
     */
    Optional<Fd> open() throws DeviceException {
        return path.isPresent() ? open(path.orElseThrow()) : openByName(hostName.orElseThrow());
    }

    private static Optional<Fd> open(Path file) throws DeviceException {
        try {
            return Optional.of(HostFile.open(file, OpenFlag.WRITE, OpenFlag.NON_BLOCK));
        } catch (SysException e) {
            if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENODEV || e.errno() == Errno.ENXIO) {
                return Optional.empty();
            }
            throw new DeviceException(
                    "Cannot open the input device: " + e.getMessage() + ". The daemon needs to read and write it.", e);
        }
    }

    private static Optional<Fd> openByName(String name) throws DeviceException {
        TreeSet<Path> files = new TreeSet<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(DEVICES, "event*")) {
            found.forEach(files::add);
        } catch (IOException e) {
            return Optional.empty();
        }
        Optional<DeviceException> refused = Optional.empty();
        for (Path file : files) {
            try {
                Optional<Fd> device = open(file);
                if (device.isPresent() && isCalled(name, device.orElseThrow())) {
                    return device;
                }
                device.ifPresent(Fd::close);
            } catch (DeviceException e) {
                // Often a daemon may open no other device than its own; but this one may be the one that is meant.
                refused = Optional.of(refused.orElse(e));
            }
        }
        if (refused.isPresent()) {
            throw refused.orElseThrow();
        }
        return Optional.empty();
    }

    private static boolean isCalled(String name, Fd device) {
        try {
            return Evdev.name(device).equals(name);
        } catch (SysException e) {
            // It was unplugged at this moment.
            return false;
        }
    }

    /**
     * What a device says of itself.
     *
     * @param name what the guest finds in place of its own name
     * @throws DeviceException if it is no input device, or one that cannot be passed on
     */
    static InputDescription describe(Fd device, Optional<String> name) throws DeviceException {
        try {
            int[] ids = Evdev.ids(device);
            Map<Integer, BitSet> codes = codes(device);
            Map<Integer, InputDescription.Axis> axes = axes(device, codes);
            InputDescription description = new InputDescription(
                    InputDescription.shortened(name.orElseGet(() -> Evdev.name(device))),
                    InputDescription.shortened(Evdev.unique(device)),
                    new InputDescription.Ids(ids[0], ids[1], ids[2], ids[3]),
                    BitSet.valueOf(Evdev.properties(device)),
                    codes,
                    axes);
            if (description.slots() > InputState.MAX_SLOTS) {
                throw new DeviceException("The input device tells " + description.slots() + " contacts apart; at most "
                        + InputState.MAX_SLOTS + " can be passed on.");
            }
            return description;
        } catch (SysException e) {
            throw new DeviceException("Not an input device that can be asked what it is: " + e.getMessage() + ".", e);
        }
    }

    private static Map<Integer, BitSet> codes(Fd device) {
        Map<Integer, BitSet> codes = new HashMap<>();
        for (int type : TYPES) {
            BitSet bits = BitSet.valueOf(Evdev.codes(device, type, InputWire.UNION_BYTES));
            if (!bits.isEmpty()) {
                codes.put(type, bits);
            }
        }
        BitSet types = BitSet.valueOf(Evdev.codes(device, EventCodes.EV_SYN, Long.BYTES));
        if (types.get(EventCodes.EV_REP)) {
            BitSet repeat = new BitSet();
            repeat.set(EventCodes.REP_DELAY, EventCodes.REP_PERIOD + 1);
            codes.put(EventCodes.EV_REP, repeat);
        }
        return codes;
    }

    private static Map<Integer, InputDescription.Axis> axes(Fd device, Map<Integer, BitSet> codes) {
        Map<Integer, InputDescription.Axis> axes = new HashMap<>();
        codes.getOrDefault(EventCodes.EV_ABS, new BitSet()).stream()
                .filter(code -> code < EventCodes.ABS_COUNT)
                .forEach(code -> {
                    int[] info = Evdev.axis(device, code);
                    axes.put(code, new InputDescription.Axis(info[1], info[2], info[3], info[4], info[5]));
                });
        return axes;
    }

    /** How a device stands now, into {@code state}. */
    static void ask(Fd device, InputDescription description, InputState state) {
        state.releaseAll();
        BitSet held = BitSet.valueOf(Evdev.heldKeys(device, EventCodes.KEY_COUNT / Byte.SIZE));
        held.stream().forEach(code -> state.apply(InputWire.event(EventCodes.EV_KEY, code, 1)));
        BitSet on = BitSet.valueOf(Evdev.switches(device, EventCodes.SW_COUNT / Byte.SIZE));
        description
                .codes(EventCodes.EV_SW)
                .forEach(code -> state.apply(InputWire.event(EventCodes.EV_SW, code, on.get(code) ? 1 : 0)));
        int slots = description.slots();
        for (int code : description.axes().keySet()) {
            if (slots > 0 && code >= EventCodes.ABS_MT_FIRST && code <= EventCodes.ABS_MT_LAST) {
                int[] values = Evdev.slots(device, code, slots);
                for (int slot = 0; slot < slots; slot++) {
                    state.setContact(slot, code, values[slot]);
                }
            } else {
                state.apply(InputWire.event(EventCodes.EV_ABS, code, Evdev.axis(device, code)[0]));
            }
        }
    }
}
