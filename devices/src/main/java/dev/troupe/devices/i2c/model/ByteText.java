package dev.troupe.devices.i2c.model;

import dev.troupe.actors.device.DeviceException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** Bytes as operators write and read them. */
final class ByteText {
    private static final int LINE_BYTES = 16;

    private ByteText() {}

    /** A number from 0 to {@code maximum}, decimal or as {@code 0x1f}. */
    static int number(String text, long maximum) throws DeviceException {
        try {
            int value = Integer.decode(text);
            if (value >= 0 && value <= maximum) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new DeviceException("'" + text + "' is no number from 0 to " + maximum + ".");
    }

    /** {@code get OFFSET [COUNT]}: bytes of a memory in hexadecimal. */
    static String get(MemorySegment memory, List<String> arguments) throws DeviceException {
        if (arguments.isEmpty() || arguments.size() > 2) {
            throw new DeviceException("Say where, and how many bytes: get TARGET OFFSET [COUNT].");
        }
        int offset = number(arguments.get(0), memory.byteSize() - 1);
        int count = arguments.size() == 1 ? 1 : number(arguments.get(1), memory.byteSize() - offset);
        return hex(memory, offset, count);
    }

    /** {@code set OFFSET BYTE…}: puts bytes into a memory. */
    static String set(MemorySegment memory, List<String> arguments) throws DeviceException {
        if (arguments.size() < 2) {
            throw new DeviceException("Say where, and which bytes: set TARGET OFFSET BYTE….");
        }
        int offset = number(arguments.get(0), memory.byteSize() - (arguments.size() - 1));
        byte[] bytes = new byte[arguments.size() - 1];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) number(arguments.get(i + 1), 0xff);
        }
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, offset, bytes.length);
        return "";
    }

    /** All bytes, in lines of 16 with their offsets. */
    static String dump(MemorySegment memory) {
        StringBuilder text = new StringBuilder();
        for (long at = 0; at < memory.byteSize(); at += LINE_BYTES) {
            int count = (int) Math.min(LINE_BYTES, memory.byteSize() - at);
            text.append("%04x: ".formatted(at)).append(hex(memory, at, count)).append('\n');
        }
        return text.toString();
    }

    private static String hex(MemorySegment memory, long offset, int count) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append(i == 0 ? "" : " ").append("%02x".formatted(memory.get(ValueLayout.JAVA_BYTE, offset + i)));
        }
        return text.toString();
    }
}
