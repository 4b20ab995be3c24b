package dev.troupe.devices;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.actors.device.Option;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every type and its part of {@code reference.conf}. */
class DeviceTypesTest {
    private static final Config DEFAULTS = ConfigFactory.parseResources(DeviceTypesTest.class, "/reference.conf")
            .getConfig("troupe.types");

    static Stream<DeviceFactory> factories() {
        return ServiceLoader.load(DeviceFactory.class).stream().map(ServiceLoader.Provider::get);
    }

    @ParameterizedTest
    @MethodSource("factories")
    void shouldHaveADefaultAndACommentForEveryOptionAndNoOther(DeviceFactory factory) {
        var defaults = DEFAULTS.getConfig(factory.type()).root();

        assertThat(defaults.keySet())
                .containsExactlyInAnyOrderElementsOf(
                        factory.options().stream().map(Option::name).toList());
        assertThat(defaults.values())
                .allSatisfy(v -> assertThat(v.origin().comments()).isNotEmpty());
    }

    @Test
    void shouldBeFoundAsServicesAndHaveDefaultsAndNoOther() {
        assertThat(factories().map(DeviceFactory::type))
                .contains("blk", "rng")
                .containsExactlyInAnyOrderElementsOf(DEFAULTS.root().keySet());
    }
}
