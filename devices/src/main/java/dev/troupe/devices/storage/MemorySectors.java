package dev.troupe.devices.storage;

import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.Mapping;
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
     * Maps them.
     *
     * @param file the memory file, owned by the result and closed if this fails
     * @param sizeBytes how many bytes they are
     * @throws dev.troupe.transport.sys.SysException if the host has no room for them
     */
    static MemorySectors over(Fd file, long sizeBytes) {
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
