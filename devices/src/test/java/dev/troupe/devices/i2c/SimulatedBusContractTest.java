package dev.troupe.devices.i2c;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.devices.testing.DeviceContract;
import dev.troupe.devices.testing.Probe;
import dev.troupe.devices.testing.RequestWriter.Answer;
import dev.troupe.devices.testing.TestSettings;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

class SimulatedBusContractTest extends DeviceContract {
    private static final int EEPROM = 0x50;

    @Override
    protected VirtioDevice open(DeviceContext context) throws Exception {
        I2cFactory factory = new I2cFactory();
        Map<String, Object> eeprom = Map.of("model", "eeprom", "address", "0x50");
        return factory.open(
                TestSettings.of(factory, Map.of("back-end", "simulated", "devices", Map.of("eeprom", eeprom))),
                context);
    }

    @Override
    protected List<Probe> probes() {
        return List.of(
                new Probe("write", I2cRequests.write(EEPROM, 0x10, 1, 2, 3), 1, SimulatedBusContractTest::isOk),
                new Probe("select", I2cRequests.write(EEPROM, 0x10), 1, SimulatedBusContractTest::isOk),
                new Probe("read", I2cRequests.read(EEPROM), 4, SimulatedBusContractTest::isWhatWasWritten),
                new Probe("quick", I2cRequests.write(EEPROM), 1, SimulatedBusContractTest::isOk),
                new Probe("nobody", I2cRequests.read(0x51), 2, SimulatedBusContractTest::isError));
    }

    @Override
    protected Probe repeatable() {
        return new Probe("write again", I2cRequests.write(EEPROM, 0x20, 7), 1, SimulatedBusContractTest::isOk);
    }

    /** What may be on the wire already is not done twice. */
    @Override
    protected void checkInterrupted(Probe probe, Answer answer) {
        assertThat(answer.usedLengthBytes()).isEqualTo(answer.bytes().length);
        assertThat(answer.lastByte()).isIn((int) I2cWire.VIRTIO_I2C_MSG_OK, (int) I2cWire.VIRTIO_I2C_MSG_ERR);
    }

    private static void isOk(Answer answer) {
        assertThat(answer.lastByte()).isEqualTo(I2cWire.VIRTIO_I2C_MSG_OK);
        assertThat(answer.usedLengthBytes()).isEqualTo(answer.bytes().length);
    }

    private static void isError(Answer answer) {
        assertThat(answer.lastByte()).isEqualTo(I2cWire.VIRTIO_I2C_MSG_ERR);
    }

    private static void isWhatWasWritten(Answer answer) {
        isOk(answer);
        assertThat(Arrays.copyOf(answer.bytes(), 3)).containsExactly(1, 2, 3);
    }
}
