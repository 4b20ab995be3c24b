package dev.troupe.devices.blk;

import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.Mapping;
import dev.troupe.transport.sys.MemFd;
import java.lang.foreign.MemorySegment;

/** The sectors of a disk in memory: a memory file, mapped. Zeros at first; outlives restarts of the device. */
final class MemorySectors implements AutoCloseable {
    private final Fd file;
    private final Mapping mapping;

    private MemorySectors(Fd file, Mapping mapping) {
        this.file = file;
        this.mapping = mapping;
    }

    /**
     * Makes them.
     *
     * @throws dev.troupe.transport.sys.SysException if the host has no such memory
     */
    static MemorySectors make(String name, long sizeBytes) {
        Fd file = MemFd.create("troupe-" + name, sizeBytes, true);
        try {
            return new MemorySectors(file, Mapping.map(file, 0, sizeBytes, true));
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    Fd file() {
        return file;
    }

    MemorySegment segment() {
        return mapping.segment();
    }

    long sizeBytes() {
        return mapping.length();
    }

    @Override
    public void close() {
        mapping.close();
        file.close();
    }
}
