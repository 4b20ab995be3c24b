package dev.troupe.devices.scsi;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;

class FileScsiContractTest extends ScsiContract {
    @TempDir
    Path directory = Path.of("");

    @Override
    Map<String, Object> disk() {
        return Map.of("path", directory.resolve("disk.img"), "size", 1L << 20);
    }

    @Override
    boolean keeps() {
        return true;
    }
}
