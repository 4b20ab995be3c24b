package dev.troupe.devices.i2c;

import dev.troupe.transport.sys.I2cMessage;
import java.util.Locale;
import java.util.OptionalInt;

/**
 * Addresses on an I2C bus as numbers, 10-bit ones moved away from 7-bit ones as in Linux's sysfs: 0x250 is 0xa250. Text is
 * {@code 0x50}, or {@code 10bit:0x250}.
 */
final class TargetAddress {
    private static final int TEN_BIT_OFFSET = 0xa000;
    private static final int MAX_TEN_BIT = 0x3ff;
    private static final int MAX_SEVEN_BIT = 0x7f;
    private static final int FIRST_FREE = 0x08;
    private static final int LAST_FREE = 0x77;
    private static final String TEN_BIT_PREFIX = "10bit:";

    private TargetAddress() {}

    /** A 10-bit address; {@code bits} is below 0x400. */
    static int tenBit(int bits) {
        return TEN_BIT_OFFSET | bits;
    }

    static boolean isTenBit(int address) {
        return address >= TEN_BIT_OFFSET;
    }

    /** The bits that go over the bus. */
    static int bits(int address) {
        return isTenBit(address) ? address - TEN_BIT_OFFSET : address;
    }

    /** Whether the I2C specification keeps the address for something else than a target, such as a general call. */
    static boolean isReserved(int address) {
        return !isTenBit(address) && (address < FIRST_FREE || address > LAST_FREE);
    }

    /** The address of the target that a message is for. */
    static int of(I2cMessage message) {
        return message.tenBit() ? tenBit(message.address()) : message.address();
    }

    /** The address that a text names, if it names one. */
    static OptionalInt parse(String text) {
        String plain = text.strip().toLowerCase(Locale.ROOT);
        boolean tenBit = plain.startsWith(TEN_BIT_PREFIX);
        try {
            int bits = Integer.decode(tenBit ? plain.substring(TEN_BIT_PREFIX.length()) : plain);
            if (bits < 0 || bits > (tenBit ? MAX_TEN_BIT : MAX_SEVEN_BIT)) {
                return OptionalInt.empty();
            }
            return OptionalInt.of(tenBit ? tenBit(bits) : bits);
        } catch (NumberFormatException e) {
            return OptionalInt.empty();
        }
    }

    static String format(int address) {
        return isTenBit(address) ? "%s0x%03x".formatted(TEN_BIT_PREFIX, bits(address)) : "0x%02x".formatted(address);
    }
}
