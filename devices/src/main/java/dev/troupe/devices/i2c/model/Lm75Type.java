package dev.troupe.devices.i2c.model;

import dev.troupe.actors.device.DeviceException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The kind {@code lm75}: a temperature sensor as the LM75. A write begins with a register's number; the registers are 0
 * temperature, which cannot be written, 1 configuration, 2 hysteresis, 3 limit. Temperatures are 16 bits, big-endian, in
 * 1/256 °C, of which the upper 9 count.
 *
 * <p>Settings: {@code value}, the temperature at first, in °C (25). {@code get} and {@code set} give and take it.
 */
public final class Lm75Type implements I2cModelType {
    private static final int TEMPERATURE = 0;
    private static final int CONFIGURATION = 1;
    private static final int REGISTERS = 4;
    private static final int REGISTER_BYTES = 2;
    private static final int NEW_OFFSET = REGISTERS * REGISTER_BYTES;
    private static final int MEMORY_BYTES = NEW_OFFSET + 1;
    private static final double STEPS = 2;
    private static final int STEP_SHIFT = 7;
    private static final double MIN_CELSIUS = -55;
    private static final double MAX_CELSIUS = 125;
    private static final double HYSTERESIS_CELSIUS = 75;
    private static final double LIMIT_CELSIUS = 80;
    private static final ValueLayout.OfShort BIG_ENDIAN =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    /** For {@link java.util.ServiceLoader}. */
    public Lm75Type() {}

    @Override
    public String name() {
        return "lm75";
    }

    @Override
    public I2cModel create(I2cModelSettings settings) throws DeviceException {
        short first = steps(settings.option("value", "25"));
        MemorySegment memory = settings.memory(MEMORY_BYTES, 0);
        if (memory.byteSize() != MEMORY_BYTES) {
            throw new DeviceException(settings.name() + ": a sensor has no size to be set.");
        }
        if (memory.get(ValueLayout.JAVA_BYTE, NEW_OFFSET) == 0) {
            memory.set(BIG_ENDIAN, TEMPERATURE, first);
            memory.set(BIG_ENDIAN, 2 * REGISTER_BYTES, toSteps(HYSTERESIS_CELSIUS));
            memory.set(BIG_ENDIAN, 3 * REGISTER_BYTES, toSteps(LIMIT_CELSIUS));
            memory.set(ValueLayout.JAVA_BYTE, NEW_OFFSET, (byte) 1);
        }
        return new Lm75(memory);
    }

    private static short steps(String celsius) throws DeviceException {
        try {
            double value = Double.parseDouble(celsius);
            if (value >= MIN_CELSIUS && value <= MAX_CELSIUS) {
                return toSteps(value);
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new DeviceException("'" + celsius + "' is no temperature from -55 to 125 °C.");
    }

    private static short toSteps(double celsius) {
        return (short) (Math.round(celsius * STEPS) << STEP_SHIFT);
    }

    private static final class Lm75 implements I2cModel {
        private final MemorySegment memory;
        private int selected;

        Lm75(MemorySegment memory) {
            this.memory = memory;
        }

        @Override
        public boolean write(ByteBuffer data) {
            if (!data.hasRemaining()) {
                return true;
            }
            selected = data.get() & (REGISTERS - 1);
            for (int i = 0; i < registerBytes() && data.hasRemaining(); i++) {
                byte value = data.get();
                if (selected != TEMPERATURE) {
                    memory.set(ValueLayout.JAVA_BYTE, (long) selected * REGISTER_BYTES + i, value);
                }
            }
            return true;
        }

        /** A longer read gets the register again and again. */
        @Override
        public boolean read(ByteBuffer into) {
            for (int i = 0; into.hasRemaining(); i = (i + 1) % registerBytes()) {
                into.put(memory.get(ValueLayout.JAVA_BYTE, (long) selected * REGISTER_BYTES + i));
            }
            return true;
        }

        private int registerBytes() {
            return selected == CONFIGURATION ? 1 : REGISTER_BYTES;
        }

        @Override
        public String command(String verb, List<String> arguments) throws DeviceException {
            if (verb.equals("set")) {
                if (arguments.size() != 1) {
                    throw new DeviceException("Say the temperature: set TARGET CELSIUS.");
                }
                memory.set(BIG_ENDIAN, TEMPERATURE, steps(arguments.getFirst()));
                return "";
            }
            return verb.equals("dump") ? ByteText.dump(memory.asSlice(0, NEW_OFFSET)) : celsius();
        }

        private String celsius() {
            return Double.toString((memory.get(BIG_ENDIAN, TEMPERATURE) >> STEP_SHIFT) / STEPS);
        }
    }
}
