package dev.troupe.runtime.bench;

import dev.troupe.transport.frontend.BufferList;
import dev.troupe.transport.frontend.GuestMemoryFile;

/** Requests to an entropy device (virtio 1.4, section 5.4): one device-writable buffer each. */
final class RngWorkload implements Workload {

    private final long data;
    private final int blockBytes;
    private String firstProblem = "";

    RngWorkload(GuestMemoryFile memory, int slots, int blockBytes) {
        this.blockBytes = blockBytes;
        data = memory.allocate((long) slots * blockBytes, DiskWorkload.PAGE_BYTES);
    }

    /** How much guest memory it takes. */
    static long memoryBytes(int slots, int blockBytes) {
        return (long) slots * blockBytes + DiskWorkload.PAGE_BYTES;
    }

    @Override
    public void prepare(int slot, BufferList into) {
        into.writable(data + (long) slot * blockBytes, blockBytes);
    }

    @Override
    public long finish(int slot, long usedLengthBytes) {
        if (usedLengthBytes > 0 && usedLengthBytes <= blockBytes) {
            return usedLengthBytes;
        }
        if (firstProblem.isEmpty()) {
            firstProblem = "a buffer of " + blockBytes + " bytes came back with " + usedLengthBytes;
        }
        return -1;
    }

    @Override
    public String firstProblem() {
        return firstProblem;
    }
}
