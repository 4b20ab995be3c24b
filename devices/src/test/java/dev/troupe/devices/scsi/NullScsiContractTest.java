package dev.troupe.devices.scsi;

import java.util.Map;

class NullScsiContractTest extends ScsiContract {
    @Override
    Map<String, Object> disk() {
        return Map.of("back-end", "null", "size", 1L << 20);
    }

    @Override
    boolean keeps() {
        return false;
    }
}
