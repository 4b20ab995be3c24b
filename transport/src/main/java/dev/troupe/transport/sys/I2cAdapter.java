package dev.troupe.transport.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.List;

/**
 * An I2C adapter of the host, {@code /dev/i2c-N} (linux/i2c-dev.h). Every call but {@link #close} may wait for the bus:
 * threads that may block only, one at a time. Failures are {@link SysException}s.
 *
 * <pre>
 * struct i2c_msg            struct i2c_rdwr_ioctl_data   struct i2c_smbus_ioctl_data
 *  0 u16 addr                0 msgs*                      0 u8 read_write
 *  2 u16 flags               8 u32 nmsgs                  1 u8 command
 *  4 u16 len                                              4 u32 size (the kind of transaction)
 *  8 buf*                                                 8 data*
 * </pre>
 */
public final class I2cAdapter implements AutoCloseable {
    /** The most messages of one transfer ({@code I2C_RDWR_IOCTL_MAX_MSGS}). */
    public static final int MAX_MESSAGES = 42;

    /** The most bytes of one message. */
    public static final int MAX_MESSAGE_BYTES = 8192;

    /** Whole transfers can be made, not only SMBus transactions ({@code I2C_FUNC_I2C}). */
    public static final long FUNC_I2C = 1;

    /** Addresses of 10 bits are known ({@code I2C_FUNC_10BIT_ADDR}). An adapter without takes one for another of 7 bits. */
    public static final long FUNC_10BIT_ADDR = 2;

    /** What an SMBus transaction needs ({@code union i2c_smbus_data}). */
    public static final int SMBUS_DATA_BYTES = 34;

    /** No data ({@code I2C_SMBUS_QUICK}), as the others a kind of SMBus transaction. */
    public static final int SMBUS_QUICK = 0;

    /** One byte, no command. */
    public static final int SMBUS_BYTE = 1;

    /** A command and a byte. */
    public static final int SMBUS_BYTE_DATA = 2;

    /** A command and two bytes. */
    public static final int SMBUS_WORD_DATA = 3;

    /** A command, two bytes there and two bytes back. */
    public static final int SMBUS_PROC_CALL = 4;

    /** A command and up to 32 bytes, whose count stays on this side. */
    public static final int SMBUS_I2C_BLOCK_DATA = 8;

    private static final long I2C_SLAVE = 0x0703;
    private static final long I2C_TENBIT = 0x0704;
    private static final long I2C_FUNCS = 0x0705;
    private static final long I2C_RDWR = 0x0707;
    private static final long I2C_SMBUS = 0x0720;
    private static final short I2C_M_RD = 0x0001;
    private static final short I2C_M_TEN = 0x0010;
    private static final int MESSAGE_BYTES = 16;
    private static final int CALL_BYTES = 16;

    private final Fd fd;
    private final MemorySegment messages = Arena.ofAuto().allocate((long) MAX_MESSAGES * MESSAGE_BYTES, Long.BYTES);
    private final MemorySegment call = Arena.ofAuto().allocate(CALL_BYTES, Long.BYTES);

    private I2cAdapter(Fd fd) {
        this.fd = fd;
    }

    /** Opens an adapter's device file. */
    public static I2cAdapter open(Path path) {
        return new I2cAdapter(HostFile.open(path, OpenFlag.WRITE));
    }

    /** What the adapter can do, a sum of {@code I2C_FUNC_} bits. */
    public long functions() {
        int raw = fd.acquire();
        try {
            LibC.check(LibC.ioctl(raw, I2C_FUNCS, call.address()), "ioctl I2C_FUNCS", fd);
            return call.get(ValueLayout.JAVA_LONG, 0);
        } finally {
            fd.release();
        }
    }

    /**
     * Makes one transfer: a start before each message, a stop after the last; nobody else comes between them.
     *
     * @throws SysException EIO if not all messages were made, which some adapters tell by their number alone
     */
    public void transfer(List<I2cMessage> transfer) {
        describe(transfer, messages);
        int raw = fd.acquire();
        try {
            call.set(ValueLayout.JAVA_LONG, 0, messages.address());
            call.set(ValueLayout.JAVA_INT, Long.BYTES, transfer.size());
            int made = LibC.check(LibC.ioctl(raw, I2C_RDWR, call.address()), "ioctl I2C_RDWR", fd);
            if (made != transfer.size()) {
                throw new SysException("ioctl I2C_RDWR", fd.toString(), Errno.EIO);
            }
        } finally {
            fd.release();
            // The kernel has only addresses of this memory, and whoever made the call may be closed meanwhile.
            Reference.reachabilityFence(this);
            Reference.reachabilityFence(transfer);
        }
    }

    /** Writes the native messages of a transfer. */
    static void describe(List<I2cMessage> transfer, MemorySegment messages) {
        long at = 0;
        for (I2cMessage message : transfer) {
            int flags = (message.read() ? I2C_M_RD : 0) | (message.tenBit() ? I2C_M_TEN : 0);
            messages.set(ValueLayout.JAVA_SHORT, at, (short) message.address());
            messages.set(ValueLayout.JAVA_SHORT, at + 2, (short) flags);
            messages.set(ValueLayout.JAVA_SHORT, at + 4, (short) message.data().byteSize());
            messages.set(ValueLayout.JAVA_LONG, at + 8, message.data().address());
            at += MESSAGE_BYTES;
        }
    }

    /**
     * Makes one SMBus transaction.
     *
     * @param target whom it is for
     * @param tenBit whether that address has 10 bits
     * @param read whether the target sends
     * @param command the command byte, where the kind has one
     * @param kind one of {@code SMBUS_}
     * @param data native memory of {@link #SMBUS_DATA_BYTES}; a block has its count in the first byte
     */
    public void smbus(int target, boolean tenBit, boolean read, int command, int kind, MemorySegment data) {
        int raw = fd.acquire();
        try {
            LibC.check(LibC.ioctl(raw, I2C_TENBIT, tenBit ? 1 : 0), "ioctl I2C_TENBIT", fd);
            LibC.check(LibC.ioctl(raw, I2C_SLAVE, target), "ioctl I2C_SLAVE", fd);
            call.set(ValueLayout.JAVA_BYTE, 0, (byte) (read ? 1 : 0));
            call.set(ValueLayout.JAVA_BYTE, 1, (byte) command);
            call.set(ValueLayout.JAVA_INT, Integer.BYTES, kind);
            call.set(ValueLayout.JAVA_LONG, Long.BYTES, data.address());
            LibC.check(LibC.ioctl(raw, I2C_SMBUS, call.address()), "ioctl I2C_SMBUS", fd);
        } finally {
            fd.release();
            Reference.reachabilityFence(this);
            Reference.reachabilityFence(data);
        }
    }

    /** Closes the descriptor, once a call that is under way has ended. Any thread. */
    @Override
    public void close() {
        fd.close();
    }
}
