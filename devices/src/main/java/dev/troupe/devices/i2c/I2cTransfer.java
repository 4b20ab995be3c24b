package dev.troupe.devices.i2c;

import dev.troupe.transport.sys.I2cAdapter;
import dev.troupe.transport.sys.I2cMessage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The messages of one transfer, and their bytes: copies, for the bus may be slow and the guest's memory may go meanwhile. Used
 * again and again; belongs to its queue's loop, or to the bus while that carries it out.
 */
final class I2cTransfer {
    /** The most messages of one transfer, the host's limit. */
    static final int MAX_MESSAGES = I2cAdapter.MAX_MESSAGES;

    /** The most bytes of one message, the host's limit. So a transfer has at most 336 KiB. */
    static final int MAX_MESSAGE_BYTES = I2cAdapter.MAX_MESSAGE_BYTES;

    private static final int FIRST_ROOM_BYTES = 1024;

    private final List<I2cMessage> messages = new ArrayList<>();
    private MemorySegment room = Arena.ofAuto().allocate(FIRST_ROOM_BYTES);
    private long usedBytes;

    /** Adds a message of so many bytes; returns their place. */
    MemorySegment add(int address, boolean read, int lengthBytes) {
        if (usedBytes + lengthBytes > room.byteSize()) {
            // Messages that lie in the smaller room keep it until the transfer is over.
            room = Arena.ofAuto().allocate(Math.max(2 * room.byteSize(), lengthBytes));
            usedBytes = 0;
        }
        MemorySegment data = room.asSlice(usedBytes, lengthBytes);
        usedBytes += lengthBytes;
        messages.add(new I2cMessage(TargetAddress.bits(address), TargetAddress.isTenBit(address), read, data));
        return data;
    }

    List<I2cMessage> messages() {
        return messages;
    }

    /** Forgets all messages. */
    void clear() {
        messages.clear();
        usedBytes = 0;
    }
}
