package dev.troupe.devices.i2c.model;

import dev.troupe.actors.device.DeviceException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The kind {@code registers}: up to 256 registers of a byte. A write begins with a register's number, and each further byte
 * goes into the next one; a read goes on from there.
 */
public final class RegistersType implements I2cModelType {
    private static final int MAX_REGISTERS = 256;

    /** For {@link java.util.ServiceLoader}. */
    public RegistersType() {}

    @Override
    public String name() {
        return "registers";
    }

    @Override
    public I2cModel create(I2cModelSettings settings) throws DeviceException {
        MemorySegment memory = settings.memory(MAX_REGISTERS, 0);
        if (memory.byteSize() > MAX_REGISTERS) {
            throw new DeviceException(settings.name() + ": there are at most 256 registers.");
        }
        return new Registers(memory);
    }

    private static final class Registers implements I2cModel {
        private final MemorySegment memory;
        private int selected;

        Registers(MemorySegment memory) {
            this.memory = memory;
        }

        @Override
        public boolean write(ByteBuffer data) {
            if (!data.hasRemaining()) {
                return true;
            }
            int wanted = data.get() & 0xff;
            if (wanted >= memory.byteSize()) {
                return false;
            }
            selected = wanted;
            while (data.hasRemaining()) {
                memory.set(ValueLayout.JAVA_BYTE, selected, data.get());
                advance();
            }
            return true;
        }

        @Override
        public boolean read(ByteBuffer into) {
            while (into.hasRemaining()) {
                into.put(memory.get(ValueLayout.JAVA_BYTE, selected));
                advance();
            }
            return true;
        }

        private void advance() {
            selected = (selected + 1) % (int) memory.byteSize();
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
