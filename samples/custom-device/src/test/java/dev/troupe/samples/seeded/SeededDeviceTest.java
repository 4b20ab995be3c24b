package dev.troupe.samples.seeded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.SavedState;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.devices.testing.ManualLoop;
import dev.troupe.devices.testing.Rig;
import dev.troupe.devices.testing.TestDeviceContext;
import dev.troupe.transport.testing.LeakCheck;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
class SeededDeviceTest {
    private static final long SEED = 42;

    private final ManualLoop loop = new ManualLoop();

    private VirtioDevice device(long seed) {
        return new SeededDevice(seed, new TestDeviceContext(loop));
    }

    private static byte[] stream(int from, int count) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = SeededStream.at(SEED, from + i);
        }
        return bytes;
    }

    @Test
    void shouldGiveTheStreamOfItsSeed() {
        try (Rig rig = Rig.split(loop, device(SEED))) {
            assertThat(rig.request(new byte[0], 10).bytes()).isEqualTo(stream(0, 10));
            assertThat(rig.request(new byte[0], 10).bytes()).isEqualTo(stream(10, 10));
        }
    }

    @Test
    void shouldGiveOtherBytesWhenTheSeedIsAnother() {
        try (Rig rig = Rig.split(loop, device(SEED + 1))) {
            assertThat(rig.request(new byte[0], 10).bytes()).isNotEqualTo(stream(0, 10));
        }
    }

    @Test
    void shouldGoOnWhereItWasWhenAnotherDeviceTakesOver() throws DeviceException {
        SavedState left;
        try (Rig rig = Rig.split(loop, device(SEED))) {
            rig.request(new byte[0], 100);
            left = rig.device().saveState();
        }
        VirtioDevice next = device(SEED);
        next.loadState(left);
        try (Rig rig = Rig.split(loop, next)) {
            assertThat(rig.request(new byte[0], 10).bytes()).isEqualTo(stream(100, 10));
        }
    }

    @Test
    void shouldGiveAPieceOnlyWhenAGuestAsksForTooMuch() {
        try (Rig rig = Rig.split(loop, device(SEED))) {
            assertThat(rig.request(new byte[0], 8192).usedLengthBytes()).isEqualTo(4096);
        }
    }

    @Test
    void shouldRefuseAStateFromBeforeTheBeginning() {
        byte[] negative = {0, 0, 0, 0, 0, 0, 0, -1};

        try (VirtioDevice device = device(SEED)) {
            assertThatThrownBy(() -> device.loadState(SavedState.of(1, negative)))
                    .isInstanceOf(DeviceException.class);
        }
    }
}
