package dev.troupe.devices.blk;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.devices.testing.TestSettings;
import java.util.Map;

class NullDiskContractTest extends BlkContract {

    @Override
    protected VirtioDevice open(DeviceContext context) throws Exception {
        BlkFactory factory = new BlkFactory();
        return factory.open(TestSettings.of(factory, Map.of("back-end", "null", "size", 1L << 20)), context);
    }

    @Override
    boolean keeps() {
        return false;
    }
}
