package dev.troupe.devices.vsock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.SavedState;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.devices.testing.DeviceContract;
import dev.troupe.devices.testing.Probe;
import dev.troupe.devices.testing.TestSettings;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The contract of devices, with empty buffers: each gets the end of one of many connections that a former device left open. */
class RxQueueContractTest extends DeviceContract {
    private static final int CONNECTIONS = 8192;

    @Override
    protected VirtioDevice open(DeviceContext context) throws Exception {
        VsockFactory factory = new VsockFactory();
        VirtioDevice device = factory.open(TestSettings.of(factory, Map.of("guest-cid", 3L)), context);
        device.loadState(manyConnections());
        return device;
    }

    private static SavedState manyConnections() {
        ByteBuffer state = ByteBuffer.allocate(CONNECTIONS * 16).order(ByteOrder.LITTLE_ENDIAN);
        for (int port = 0; port < CONNECTIONS; port++) {
            state.putInt(VsockWire.VIRTIO_VSOCK_TYPE_STREAM)
                    .putInt(VsockWire.CID_HOST)
                    .putInt(1024)
                    .putInt(port);
        }
        return SavedState.of(1, state.array());
    }

    @Override
    protected List<Probe> probes() {
        return List.of(buffer(45), buffer(4096), buffer(64), buffer(70_000));
    }

    @Override
    protected Probe repeatable() {
        return buffer(100);
    }

    private static Probe buffer(int bytes) {
        return new Probe("a buffer of " + bytes, new byte[0], bytes, answer -> {
            assertThat(answer.usedLengthBytes()).isEqualTo(VsockWire.HEADER_SIZE);
            Packet packet = Packet.of(Arrays.copyOf(answer.bytes(), VsockWire.HEADER_SIZE));
            assertThat(packet.op()).isEqualTo(VsockWire.VIRTIO_VSOCK_OP_RST);
            assertThat(packet.dstCid()).isEqualTo(3);
        });
    }
}
