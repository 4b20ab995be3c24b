package dev.troupe.devices.vsock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.actors.device.ReplayRule;
import dev.troupe.actors.device.SavedState;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.devices.testing.DeviceContract;
import dev.troupe.devices.testing.Probe;
import dev.troupe.devices.testing.TestSettings;
import java.util.List;
import java.util.Map;

/** The contract of devices, with packets of the guest's; whatever queue the driver starts takes them. */
class TxQueueContractTest extends DeviceContract {

    @Override
    protected VirtioDevice open(DeviceContext context) throws Exception {
        VsockFactory factory = new VsockFactory();
        return new OnlyTx(factory.open(TestSettings.of(factory, Map.of("guest-cid", 3L)), context));
    }

    @Override
    protected List<Probe> probes() {
        Packet reset = Packet.toHost(VsockWire.VIRTIO_VSOCK_OP_RST, 1, 2);
        return List.of(
                taken("nothing to reset", reset),
                taken(
                        "not from this guest",
                        reset.op(VsockWire.VIRTIO_VSOCK_OP_RW).from(4)),
                taken("with bytes", reset.payload(new byte[700])),
                taken("promising too much", reset.len(1)));
    }

    @Override
    protected Probe repeatable() {
        return taken("nothing to reset", Packet.toHost(VsockWire.VIRTIO_VSOCK_OP_RST, 1, 2));
    }

    private static Probe taken(String name, Packet packet) {
        return new Probe(
                name,
                packet.bytes(),
                0,
                answer -> assertThat(answer.usedLengthBytes()).isZero());
    }

    /** Makes the first queue the second. */
    private record OnlyTx(VirtioDevice device) implements VirtioDevice {
        @Override
        public long features() {
            return device.features();
        }

        @Override
        public int queueCount() {
            return device.queueCount();
        }

        @Override
        public byte[] configSpace(long driverFeatures) {
            return device.configSpace(driverFeatures);
        }

        @Override
        public QueueHandler openQueue(QueueContext queue) {
            return device.openQueue(new SecondQueue(queue));
        }

        @Override
        public ReplayRule replayRule() {
            return device.replayRule();
        }

        @Override
        public SavedState saveState() {
            return device.saveState();
        }

        @Override
        public void loadState(SavedState state) throws DeviceException {
            device.loadState(state);
        }

        @Override
        public void close() {
            device.close();
        }
    }
}
