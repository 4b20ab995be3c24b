package dev.troupe.devices.input;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * What an input device is and what it can do, as its guest learns it once. Immutable.
 *
 * @param name at most {@link #MAX_TEXT_BYTES} bytes of UTF-8
 * @param serial likewise
 * @param ids bus type, vendor, product, version
 * @param properties Linux's INPUT_PROP bits
 * @param codes the codes there are, by event type; only types that have any
 * @param axes the range of each code of {@link EventCodes#EV_ABS}
 */
record InputDescription(
        String name, String serial, Ids ids, BitSet properties, Map<Integer, BitSet> codes, Map<Integer, Axis> axes) {

    /** Linux's driver has room for 64 bytes, and takes the last one for the end of the text. */
    static final int MAX_TEXT_BYTES = 63;

    private static final int VERSION = 1;
    private static final BitSet NONE = new BitSet();

    /** What the device's bus says of it. */
    record Ids(int bus, int vendor, int product, int version) {}

    /** The range of an absolute axis. */
    record Axis(int minimum, int maximum, int fuzz, int flat, int resolution) {}

    /** Whether the device has this code. */
    boolean has(int type, int code) {
        return codes.getOrDefault(type, NONE).get(code);
    }

    /** The codes of an event type, possibly none. */
    IntStream codes(int type) {
        return codes.getOrDefault(type, NONE).stream();
    }

    /** The text, or as many of its first characters as there is room for. */
    static String shortened(String text) {
        String fitting = text;
        while (fitting.getBytes(StandardCharsets.UTF_8).length > MAX_TEXT_BYTES) {
            fitting = fitting.substring(0, fitting.offsetByCodePoints(fitting.length(), -1));
        }
        return fitting;
    }

    /** How many contacts the device can tell apart; 0 for a device that knows no slots. */
    int slots() {
        Axis slot = axes.get(EventCodes.ABS_MT_SLOT);
        return slot == null ? 0 : slot.maximum() + 1;
    }

    /** The configuration space for one selection, section 5.8.5; of size 0 for whatever there is nothing to say of. */
    byte[] configSpace(int select, int subsel) {
        ByteBuffer config = ByteBuffer.allocate(InputWire.CONFIG_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        byte[] answer = answer(select, subsel);
        config.put(InputWire.SELECT_OFFSET, (byte) select)
                .put(InputWire.SUBSEL_OFFSET, (byte) subsel)
                .put(InputWire.SIZE_OFFSET, (byte) answer.length)
                .put(InputWire.UNION_OFFSET, answer);
        return config.array();
    }

    private byte[] answer(int select, int subsel) {
        byte[] answer = switch (select) {
            case InputWire.VIRTIO_INPUT_CFG_ID_NAME -> subsel == 0 ? text(name) : new byte[0];
            case InputWire.VIRTIO_INPUT_CFG_ID_SERIAL -> subsel == 0 ? text(serial) : new byte[0];
            case InputWire.VIRTIO_INPUT_CFG_ID_DEVIDS -> subsel == 0 ? devids() : new byte[0];
            case InputWire.VIRTIO_INPUT_CFG_PROP_BITS -> subsel == 0 ? properties.toByteArray() : new byte[0];
            case InputWire.VIRTIO_INPUT_CFG_EV_BITS ->
                codes.getOrDefault(subsel, NONE).toByteArray();
            case InputWire.VIRTIO_INPUT_CFG_ABS_INFO -> absInfo(axes.get(subsel));
            default -> new byte[0];
        };
        return answer.length <= InputWire.UNION_BYTES ? answer : Arrays.copyOf(answer, InputWire.UNION_BYTES);
    }

    private static byte[] text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return bytes.length <= MAX_TEXT_BYTES ? bytes : Arrays.copyOf(bytes, MAX_TEXT_BYTES);
    }

    private byte[] devids() {
        return ByteBuffer.allocate(InputWire.DEVIDS_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort((short) ids.bus())
                .putShort((short) ids.vendor())
                .putShort((short) ids.product())
                .putShort((short) ids.version())
                .array();
    }

    private static byte[] absInfo(@Nullable Axis axis) {
        if (axis == null) {
            return new byte[0];
        }
        ByteBuffer info = ByteBuffer.allocate(InputWire.ABS_INFO_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        return putAxis(info, axis).array();
    }

    private static ByteBuffer putAxis(ByteBuffer into, Axis axis) {
        return into.putInt(axis.minimum())
                .putInt(axis.maximum())
                .putInt(axis.fuzz())
                .putInt(axis.flat())
                .putInt(axis.resolution());
    }

    /** What tells one description from another. */
    int fingerprint() {
        CRC32 crc = new CRC32();
        crc.update(encode());
        return (int) crc.getValue();
    }

    /** The description as bytes, for {@link #decode}. */
    byte[] encode() {
        ByteBuffer out = ByteBuffer.allocate(InputMemory.MAX_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        out.put((byte) VERSION);
        putBytes(out, text(name));
        putBytes(out, text(serial));
        out.put(devids());
        putBytes(out, properties.toByteArray());
        for (int type = 0; type <= EventCodes.EV_MAX; type++) {
            putBytes(out, codes.getOrDefault(type, NONE).toByteArray());
        }
        for (int code = 0; code < EventCodes.ABS_COUNT; code++) {
            Axis axis = axes.get(code);
            out.put((byte) (axis == null ? 0 : 1));
            if (axis != null) {
                putAxis(out, axis);
            }
        }
        return Arrays.copyOf(out.array(), out.position());
    }

    private static void putBytes(ByteBuffer out, byte[] bytes) {
        out.put((byte) bytes.length).put(bytes);
    }

    /** Reads what {@link #encode} wrote; nothing if it is something else. */
    static Optional<InputDescription> decode(byte[] encoded) {
        ByteBuffer in = ByteBuffer.wrap(encoded).order(ByteOrder.LITTLE_ENDIAN);
        try {
            if (in.get() != VERSION) {
                return Optional.empty();
            }
            String name = new String(bytes(in), StandardCharsets.UTF_8);
            String serial = new String(bytes(in), StandardCharsets.UTF_8);
            Ids ids = new Ids(u16(in), u16(in), u16(in), u16(in));
            BitSet properties = BitSet.valueOf(bytes(in));
            Map<Integer, BitSet> codes = new HashMap<>();
            for (int type = 0; type <= EventCodes.EV_MAX; type++) {
                BitSet bits = BitSet.valueOf(bytes(in));
                if (!bits.isEmpty()) {
                    codes.put(type, bits);
                }
            }
            Map<Integer, Axis> axes = new HashMap<>();
            for (int code = 0; code < EventCodes.ABS_COUNT; code++) {
                if (in.get() != 0) {
                    axes.put(code, new Axis(in.getInt(), in.getInt(), in.getInt(), in.getInt(), in.getInt()));
                }
            }
            return Optional.of(new InputDescription(name, serial, ids, properties, codes, axes));
        } catch (BufferUnderflowException e) {
            return Optional.empty();
        }
    }

    private static byte[] bytes(ByteBuffer in) {
        byte[] bytes = new byte[Byte.toUnsignedInt(in.get())];
        in.get(bytes);
        return bytes;
    }

    private static int u16(ByteBuffer in) {
        return Short.toUnsignedInt(in.getShort());
    }
}
