package dev.troupe.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class DeviceTypesTest {

    @Test
    void shouldFindATypeByItsName() {
        assertThat(ConfigFixture.TYPES.names()).containsExactly("fake-disk", "fake-rng");
        assertThat(ConfigFixture.TYPES.find("fake-rng")).containsInstanceOf(FakeRng.class);
        assertThat(ConfigFixture.TYPES.find("none")).isEmpty();
    }

    @Test
    void shouldRefuseTwoTypesWhenTheyHaveOneName() {
        assertThatThrownBy(() -> DeviceTypes.of(List.of(new FakeRng(), new FakeRng())))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Two device types are named 'fake-rng'");
    }
}
