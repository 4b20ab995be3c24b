package dev.troupe.devices.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.actors.device.SavedState;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.devices.testing.DeviceContract;
import dev.troupe.devices.testing.Probe;
import dev.troupe.devices.testing.TestSettings;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The contract of devices, with what is written at a console for its guest. */
class ConsoleContractTest extends DeviceContract {

    @Override
    protected VirtioDevice open(DeviceContext context) throws Exception {
        ConsoleFactory factory = new ConsoleFactory();
        return new BusyConsole(ConsoleDevice.open(ConsoleSettings.of(TestSettings.of(factory, Map.of())), context));
    }

    @Override
    protected List<Probe> probes() {
        return List.of(input(1), input(64), input(9));
    }

    @Override
    protected Probe repeatable() {
        return input(8);
    }

    @Override
    protected void choose(VirtioDevice device) {
        try {
            device.command("resize", List.of("100", "40"));
        } catch (DeviceException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Probe input(int room) {
        return new Probe(room + " bytes", new byte[0], room, answer -> {
            assertThat(answer.usedLengthBytes()).isEqualTo(room);
            assertThat(answer.bytes()).containsOnly('x');
        });
    }

    /** A console at which somebody writes as soon as its driver is there. */
    private record BusyConsole(ConsoleDevice console) implements VirtioDevice {
        private static final int CHUNKS = 16;

        @Override
        public QueueHandler openQueue(QueueContext queue) {
            for (int i = 0; i < CHUNKS; i++) {
                byte[] chunk = new byte[PortInput.CHUNK_BYTES];
                Arrays.fill(chunk, (byte) 'x');
                console.port(0).write(chunk, () -> {});
            }
            return console.openQueue(queue);
        }

        @Override
        public long features() {
            return console.features();
        }

        @Override
        public int queueCount() {
            return console.queueCount();
        }

        @Override
        public byte[] configSpace(long driverFeatures) {
            return console.configSpace(driverFeatures);
        }

        @Override
        public boolean writeConfigSpace(int offset, byte[] value) {
            return console.writeConfigSpace(offset, value);
        }

        @Override
        public void reset() {
            console.reset();
        }

        @Override
        public SavedState saveState() {
            return console.saveState();
        }

        @Override
        public void loadState(SavedState state) throws DeviceException {
            console.loadState(state);
        }

        @Override
        public String command(String verb, List<String> arguments) throws DeviceException {
            return console.command(verb, arguments);
        }

        @Override
        public void close() {
            console.close();
        }
    }
}
