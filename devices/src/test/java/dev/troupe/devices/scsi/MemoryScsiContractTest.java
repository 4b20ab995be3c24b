package dev.troupe.devices.scsi;

import java.util.Map;

class MemoryScsiContractTest extends ScsiContract {
    @Override
    Map<String, Object> disk() {
        return Map.of("back-end", "memory", "size", 1L << 20);
    }

    @Override
    boolean keeps() {
        return true;
    }
}
