package dev.troupe.devices.i2c;

import dev.troupe.transport.sys.Errno;
import dev.troupe.transport.sys.I2cAdapter;
import dev.troupe.transport.sys.I2cMessage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * Transfers on adapters that know SMBus transactions only, as those of PC chipsets: a transfer that looks on the wire like a
 * transaction is made as that, any other one fails.
 *
 * <pre>
 * write 0 | read 0                quick
 * write 1 | read 1                byte
 * write 2, 3, 4 … 33              byte data, word data, I2C block: the first byte is the command
 * write 1, then read 1, 2, … 32   byte data, word data, I2C block
 * write 3, then read 2            process call
 * </pre>
 */
final class SmbusTransfer {
    private static final int MAX_BLOCK_BYTES = 32;

    private SmbusTransfer() {}

    /** Makes a transfer. Returns 0, or {@link Errno#EOPNOTSUPP} if no transaction looks like it. */
    static int make(I2cAdapter adapter, List<I2cMessage> messages) {
        I2cMessage first = messages.getFirst();
        I2cMessage last = messages.getLast();
        int kind = kind(messages);
        if (kind < 0) {
            return Errno.EOPNOTSUPP;
        }
        boolean hasCommand = !first.read() && first.data().byteSize() > 0;
        int command = hasCommand ? first.data().get(ValueLayout.JAVA_BYTE, 0) & 0xff : 0;
        // Where the transaction's data begins: a block has its count before it.
        int at = kind == I2cAdapter.SMBUS_I2C_BLOCK_DATA ? 1 : 0;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocate(I2cAdapter.SMBUS_DATA_BYTES);
            if (hasCommand) {
                MemorySegment.copy(first.data(), 1, data, at, first.data().byteSize() - 1);
            }
            if (at == 1) {
                long count = last.read() ? last.data().byteSize() : first.data().byteSize() - 1;
                data.set(ValueLayout.JAVA_BYTE, 0, (byte) count);
            }
            boolean reads = last.read() && kind != I2cAdapter.SMBUS_PROC_CALL;
            adapter.smbus(first.address(), first.tenBit(), reads, command, kind, data);
            if (last.read()) {
                MemorySegment.copy(data, at, last.data(), 0, last.data().byteSize());
            }
            return 0;
        }
    }

    /** Which kind of transaction a transfer looks like, -1 for none. */
    static int kind(List<I2cMessage> messages) {
        I2cMessage first = messages.getFirst();
        long length = first.data().byteSize();
        if (messages.size() == 1) {
            if (length <= 1) {
                return length == 0 ? I2cAdapter.SMBUS_QUICK : I2cAdapter.SMBUS_BYTE;
            }
            return first.read() ? -1 : withCommand(length - 1);
        }
        I2cMessage second = messages.get(1);
        boolean related = messages.size() == 2
                && !first.read()
                && second.read()
                && first.address() == second.address()
                && first.tenBit() == second.tenBit();
        if (!related || second.data().byteSize() == 0) {
            return -1;
        }
        if (length == 3) {
            return second.data().byteSize() == 2 ? I2cAdapter.SMBUS_PROC_CALL : -1;
        }
        return length == 1 ? withCommand(second.data().byteSize()) : -1;
    }

    private static int withCommand(long dataBytes) {
        if (dataBytes > MAX_BLOCK_BYTES) {
            return -1;
        }
        return switch ((int) dataBytes) {
            case 1 -> I2cAdapter.SMBUS_BYTE_DATA;
            case 2 -> I2cAdapter.SMBUS_WORD_DATA;
            default -> I2cAdapter.SMBUS_I2C_BLOCK_DATA;
        };
    }
}
