package dev.troupe.devices.storage;

import dev.troupe.transport.sys.Errno;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.HostFile;

/**
 * A stretch of sectors that all take space of the host, or all do not.
 *
 * @param mapped whether they take space; those that do not read as zeros
 * @param lengthBytes how long it is; more than 0 where there are sectors
 */
public record Extent(boolean mapped, long lengthBytes) {

    /** Asks a file. What it does not tell is mapped, and so is a block that is a hole in part. */
    static Extent of(Fd file, long offsetBytes, long capacityBytes, int blockBytes) {
        long rest = capacityBytes - offsetBytes;
        long data = HostFile.seekData(file, offsetBytes);
        if (data == -Errno.ENXIO) {
            return new Extent(false, rest);
        }
        long hole = Math.min(rest, (data - offsetBytes) / blockBytes * blockBytes);
        if (data >= 0 && hole > 0) {
            return new Extent(false, hole);
        }
        long end = data < 0 ? data : HostFile.seekHole(file, data);
        long mapped = Math.ceilDiv(end - offsetBytes, (long) blockBytes) * blockBytes;
        return new Extent(true, end < 0 ? rest : Math.min(rest, mapped));
    }
}
