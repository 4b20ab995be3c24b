package dev.troupe.devices.blk;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.devices.testing.TestSettings;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;

class InlineDiskContractTest extends BlkContract {
    @TempDir
    Path directory = Path.of("");

    @Override
    protected VirtioDevice open(DeviceContext context) throws Exception {
        BlkFactory factory = new BlkFactory();
        return factory.open(
                TestSettings.of(
                        factory,
                        Map.of("path", directory.resolve("disk.img"), "size", 1L << 20, "inline-writes", true)),
                context);
    }

    @Override
    boolean keeps() {
        return true;
    }
}
