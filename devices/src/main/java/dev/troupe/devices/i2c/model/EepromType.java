package dev.troupe.devices.i2c.model;

import dev.troupe.actors.device.DeviceException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The kind {@code eeprom}: a memory as the 24C01 to 24C512. A write begins with the byte's address; what goes past the end of
 * a page goes on at the page's beginning. A read goes on where the last message ended, over the end to the beginning.
 *
 * <p>Settings: {@code width}, the bytes of an address (1 up to 256 bytes, 2 above), and {@code page}, the bytes of a page
 * (8, or 32 with two address bytes).
 */
public final class EepromType implements I2cModelType {
    private static final int DEFAULT_BYTES = 256;
    private static final int MAX_BYTES = 1 << 16;
    private static final int ERASED = 0xff;
    private static final int SMALL_PAGE_BYTES = 8;
    private static final int PAGE_BYTES = 32;
    private static final int MAX_PAGE_BYTES = 256;

    /** For {@link java.util.ServiceLoader}. */
    public EepromType() {}

    @Override
    public String name() {
        return "eeprom";
    }

    @Override
    public I2cModel create(I2cModelSettings settings) throws DeviceException {
        MemorySegment memory = settings.memory(DEFAULT_BYTES, ERASED);
        long size = memory.byteSize();
        if (Long.bitCount(size) != 1 || size > MAX_BYTES) {
            throw new DeviceException(settings.name() + ": an EEPROM has 1, 2, 4 … bytes, up to 64 KiB.");
        }
        int width = settings.number("width", size <= DEFAULT_BYTES ? 1 : 2, size <= DEFAULT_BYTES ? 1 : 2, 2);
        int page = settings.number("page", width == 1 ? SMALL_PAGE_BYTES : PAGE_BYTES, 1, MAX_PAGE_BYTES);
        if (Integer.bitCount(page) != 1 || page > size) {
            throw new DeviceException(settings.name() + ": a page has 1, 2, 4 … bytes, and fits into the EEPROM.");
        }
        return new Eeprom(memory, width, page);
    }

    private static final class Eeprom implements I2cModel {
        private final MemorySegment memory;
        private final int width;
        private final int page;
        private int position;

        Eeprom(MemorySegment memory, int width, int page) {
            this.memory = memory;
            this.width = width;
            this.page = page;
        }

        @Override
        public boolean write(ByteBuffer data) {
            if (data.remaining() < width) {
                return data.remaining() == 0;
            }
            int address = data.get() & 0xff;
            if (width == 2) {
                address = (address << Byte.SIZE) | (data.get() & 0xff);
            }
            position = address & ((int) memory.byteSize() - 1);
            int start = position & -page;
            while (data.hasRemaining()) {
                memory.set(ValueLayout.JAVA_BYTE, position, data.get());
                position = start | ((position + 1) & (page - 1));
            }
            return true;
        }

        @Override
        public boolean read(ByteBuffer into) {
            while (into.hasRemaining()) {
                into.put(memory.get(ValueLayout.JAVA_BYTE, position));
                position = (position + 1) & ((int) memory.byteSize() - 1);
            }
            return true;
        }

        @Override
        public String command(String verb, List<String> arguments) throws DeviceException {
            return switch (verb) {
                case "get" -> ByteText.get(memory, arguments);
                case "set" -> ByteText.set(memory, arguments);
                default -> ByteText.dump(memory);
            };
        }
    }
}
