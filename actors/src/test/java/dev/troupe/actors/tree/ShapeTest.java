package dev.troupe.actors.tree;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.device.DeviceShape;
import dev.troupe.actors.device.VmmAttachment;
import dev.troupe.actors.testing.CopyFactory;
import dev.troupe.actors.testing.LogCapture;
import dev.troupe.actors.testing.TestDaemon;
import dev.troupe.transport.loop.EventLoopConfig;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What a type says of its devices before there is one. */
@ExtendWith(LeakCheck.class)
class ShapeTest {

    @TempDir
    Path folder;

    @Test
    void shouldWarnWhenADeviceHasAnotherShapeThanItsTypeSays() {
        CopyFactory factory = new CopyFactory();
        try (LogCapture log = LogCapture.begin();
                TestDaemon daemon = TestDaemon.start(EventLoopConfig.Choice.EPOLL)) {
            daemon.add(TestDaemon.spec("right", factory, Map.of("queues", 2L), folder.resolve("right.sock")));
            daemon.add(TestDaemon.spec("wrong", factory, Map.of("config", 12L), folder.resolve("wrong.sock")));

            assertThat(log.with("but it has")).singleElement().asString().contains("wrong", "12", "8");
        }
    }

    @Test
    void shouldAttachATypeWithoutFrontEndByItsNumbers() {
        VmmAttachment attachment = VmmAttachment.generic(63, new DeviceShape(2, 8));

        assertThat(attachment.qemu())
                .isEqualTo("vhost-user-test-device-pci,virtio-id=63,num_vqs=2,vq_size=256,config_size=8");
        assertThat(attachment.cloudHypervisor())
                .contains("--generic-vhost-user socket={socket},virtio_id=63,queue_sizes=[256,256]");
    }
}
