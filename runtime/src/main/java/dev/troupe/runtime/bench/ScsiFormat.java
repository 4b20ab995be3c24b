package dev.troupe.runtime.bench;

import dev.troupe.devices.scsi.ScsiCommandWire;
import dev.troupe.transport.frontend.BufferList;
import java.lang.foreign.MemorySegment;

/**
 * READ and WRITE commands for one logical unit ({@link ScsiCommandWire}). Request and response have cache lines of their own in the
 * control area.
 *
 * @param target the unit's target
 * @param lun its number there
 * @param cdbSize the room for a CDB
 * @param senseSize the room for sense data
 * @param blockBytes the unit's block
 * @param dataBytes the size of a request's data
 */
record ScsiFormat(int target, int lun, int cdbSize, int senseSize, int blockBytes, int dataBytes)
        implements DiskFormat {

    private static final int LINE_BYTES = 64;
    private static final int BUFFERS = 3;

    private static int wholeLines(int bytes) {
        return Math.ceilDiv(bytes, LINE_BYTES) * LINE_BYTES;
    }

    /** Where in the control area the response is. */
    int responseOffset() {
        return wholeLines(ScsiCommandWire.requestBytes(cdbSize));
    }

    @Override
    public int controlBytes() {
        return responseOffset() + wholeLines(ScsiCommandWire.responseBytes(senseSize));
    }

    @Override
    public int buffers() {
        return BUFFERS;
    }

    @Override
    public void put(MemorySegment control, long at, boolean write, long offsetBytes) {
        ScsiCommandWire.putRequest(control, at, target, lun, at, cdbSize);
        ScsiCommandWire.putTransfer(control, at, write, offsetBytes / blockBytes, dataBytes / blockBytes);
        ScsiCommandWire.clearResponse(control, at + responseOffset());
    }

    @Override
    public void list(long controlAddress, long dataAddress, boolean write, BufferList into) {
        into.readable(controlAddress, ScsiCommandWire.requestBytes(cdbSize));
        if (write) {
            into.readable(dataAddress, dataBytes);
        }
        into.writable(controlAddress + responseOffset(), ScsiCommandWire.responseBytes(senseSize));
        if (!write) {
            into.writable(dataAddress, dataBytes);
        }
    }

    @Override
    public boolean isGood(MemorySegment control, long at) {
        return ScsiCommandWire.isGood(control, at + responseOffset());
    }

    @Override
    public String failure(MemorySegment control, long at) {
        return "came back with " + ScsiCommandWire.describe(control, at + responseOffset());
    }
}
