package dev.troupe.devices.blk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.device.Problem;
import dev.troupe.devices.testing.TestSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BlkFactoryTest {
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
