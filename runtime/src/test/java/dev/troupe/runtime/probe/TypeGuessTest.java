package dev.troupe.runtime.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.device.ConfigField;
import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.config.DeviceTypes;
import dev.troupe.transport.protocol.Bytes;
import java.util.List;
import org.junit.jupiter.api.Test;

class TypeGuessTest {

    private static final ConfigSpace SOME = new ConfigSpace(Bytes.of((byte) 0, (byte) 0x80, (byte) 0xff));
    private static final long VERSION_1 = 1L << 32;

    private static List<String> guess(long features, ConfigSpace config) {
        return TypeGuess.candidates(DeviceTypes.load().all(), features, config).stream()
                .map(DeviceFactory::type)
                .toList();
    }

    @Test
    void shouldTakeADiskForADiskWhenItsBitsAndConfigurationSpaceFit() {
        assertThat(guess(VERSION_1 | 1L << 9 | 1L << 12, SOME)).containsExactly("blk");
    }

    @Test
    void shouldTakeADeviceWithoutConfigurationSpaceForRng() {
        assertThat(guess(VERSION_1, ConfigSpace.NONE)).containsExactly("rng");
    }

    @Test
    void shouldTakeADeviceForABusWhenItOffersWhatEveryBusOffers() {
        assertThat(guess(VERSION_1 | 1, ConfigSpace.NONE)).containsExactly("i2c");
    }

    @Test
    void shouldGuessNothingWhenNoKnownTypeHasTheBit() {
        assertThat(guess(VERSION_1 | 1L << 23, SOME)).isEmpty();
    }

    @Test
    void shouldReadFieldsUnsignedAndLeaveOutWhatLiesBeyond() {
        List<ConfigField> fields =
                List.of(new ConfigField("a", 0, 2), new ConfigField("b", 2, 1), new ConfigField("c", 2, 2));
        assertThat(SOME.values(fields))
                .containsOnlyKeys("a", "b")
                .containsEntry("a", 0x8000L)
                .containsEntry("b", 255L);
        assertThat(SOME.value(fields, "c")).isEmpty();
    }
}
