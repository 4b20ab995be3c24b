package dev.troupe.devices.input;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.devices.testing.DeviceContract;
import dev.troupe.devices.testing.Probe;
import java.util.List;

/** The contract of devices, with a keyboard's events. */
class InputContractTest extends DeviceContract {

    @Override
    protected VirtioDevice open(DeviceContext context) throws Exception {
        return BusyKeyboard.open(context);
    }

    @Override
    protected List<Probe> probes() {
        return List.of(event(8), event(64), event(9));
    }

    @Override
    protected Probe repeatable() {
        return event(8);
    }

    @Override
    protected void choose(VirtioDevice device) {
        assertThat(device.writeConfigSpace(0, new byte[] {InputWire.VIRTIO_INPUT_CFG_EV_BITS, EventCodes.EV_KEY}))
                .isTrue();
    }

    private static Probe event(int room) {
        return new Probe(
                "event into " + room + " bytes",
                new byte[0],
                room,
                answer -> assertThat(answer.usedLengthBytes()).isEqualTo(InputWire.EVENT_BYTES));
    }
}
