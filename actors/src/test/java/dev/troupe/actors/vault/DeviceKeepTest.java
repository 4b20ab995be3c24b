package dev.troupe.actors.vault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.device.SavedState;
import org.junit.jupiter.api.Test;

class DeviceKeepTest {

    @Test
    void shouldGiveAStateOnlyToADeviceOfTheTypeThatLeftIt() {
        try (DeviceKeep keep = new DeviceKeep("disk0", new KeptFds(Vault.none(), Inheritance.empty()))) {
            SavedState left = SavedState.of(1, (byte) 42);
            keep.state("blk", left);

            assertThat(keep.state("blk")).isEqualTo(left);
            assertThat(keep.state("scsi")).isEqualTo(SavedState.NONE);
        }
    }
}
