package dev.troupe.devices.blk;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.actors.device.Option;
import dev.troupe.actors.device.Problem;
import dev.troupe.devices.rng.RngFactory;
import dev.troupe.devices.testing.TestSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BlkFactoryTest {
    static Stream<DeviceFactory> factories() {
        return Stream.of(new BlkFactory(), new RngFactory());
    }

    @ParameterizedTest
    @MethodSource("factories")
    void shouldHaveADefaultAndACommentForEveryOptionAndNoOther(DeviceFactory factory) {
        var defaults = ConfigFactory.parseResources(BlkFactory.class, "/reference.conf")
                .getConfig("troupe.types." + factory.type())
                .root();

        assertThat(defaults.keySet())
                .containsExactlyInAnyOrderElementsOf(
                        factory.options().stream().map(Option::name).toList());
        assertThat(defaults.values())
                .allSatisfy(v -> assertThat(v.origin().comments()).isNotEmpty());
    }

    @Test
    void shouldBeFoundAsServices() {
        assertThat(ServiceLoader.load(DeviceFactory.class).stream()
                        .map(p -> p.get().type()))
                .contains("blk", "rng");
    }

    private static List<String> problems(Map<String, Object> options) {
        BlkFactory factory = new BlkFactory();
        return factory.check(TestSettings.of(factory, options)).stream()
                .map(Problem::option)
                .toList();
    }

    @Test
    void shouldFindCombinationsThatMakeNoSense() {
        Path path = Path.of("disk.img");
        assertThat(problems(Map.of())).containsExactly("path");
        assertThat(problems(Map.of("path", path))).isEmpty();
        assertThat(problems(Map.of("back-end", "memory", "path", path))).containsExactly("path", "size");
        assertThat(problems(Map.of("back-end", "null", "size", 512L, "direct", true)))
                .containsExactly("direct");
        assertThat(problems(Map.of("path", path, "block-size", 1000L))).containsExactly("block-size");
        assertThat(problems(Map.of("path", path, "block-size", 4096L, "physical-block-size", 512L, "size", 512L)))
                .containsExactly("physical-block-size", "size");
        assertThat(problems(Map.of("path", path, "serial", "x".repeat(21)))).containsExactly("serial");
    }

    @Test
    void shouldSayHowFrontEndsConnect() {
        BlkFactory factory = new BlkFactory();
        var attachment = factory.attachment(TestSettings.of(factory, Map.of("queues", 4L)));

        assertThat(attachment.qemu()).isEqualTo("vhost-user-blk-pci,num-queues=4");
        assertThat(attachment.cloudHypervisor()).contains("--disk vhost_user=true,socket={socket},num_queues=4");
    }
}
