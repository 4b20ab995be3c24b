package dev.troupe.transport.frontend;

import java.util.Arrays;

/**
 * The buffers of one request as a driver sees them: guest addresses and lengths, device-readable ones first. Made once and
 * used for every request. For one thread.
 */
public final class BufferList {

    long[] addresses = new long[8];
    long[] lengths = new long[8];
    int count;
    int readableCount;

    /** An empty list. */
    public BufferList() {}

    /** Forgets all buffers. */
    public BufferList clear() {
        count = 0;
        readableCount = 0;
        return this;
    }

    /** Appends a buffer that the device reads; before any that it writes. */
    public BufferList readable(long guestAddress, long lengthBytes) {
        if (count > readableCount) {
            throw new IllegalStateException("device-readable buffer after a device-writable one");
        }
        append(guestAddress, lengthBytes);
        readableCount = count;
        return this;
    }

    /** Appends a buffer that the device writes. */
    public BufferList writable(long guestAddress, long lengthBytes) {
        append(guestAddress, lengthBytes);
        return this;
    }

    /** How many buffers there are. */
    public int count() {
        return count;
    }

    private void append(long guestAddress, long lengthBytes) {
        if (count == lengths.length) {
            addresses = Arrays.copyOf(addresses, count * 2);
            lengths = Arrays.copyOf(lengths, count * 2);
        }
        addresses[count] = guestAddress;
        lengths[count] = lengthBytes;
        count++;
    }
}
