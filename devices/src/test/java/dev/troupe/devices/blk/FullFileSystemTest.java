package dev.troupe.devices.blk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.daemon.DeviceState;
import dev.troupe.actors.testing.LogCapture;
import dev.troupe.devices.storage.HostHealth;
import dev.troupe.devices.testing.DaemonRig;
import dev.troupe.devices.testing.Probe;
import dev.troupe.devices.testing.RequestWriter.Answer;
import dev.troupe.devices.testing.TestSettings;
import dev.troupe.transport.loop.EventLoopConfig;
import dev.troupe.transport.testing.LeakCheck;
import dev.troupe.transport.testing.RootOnly;
import dev.troupe.transport.testing.RootRights;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A sparse image on a file system that has no room for it. */
@RootOnly
@ExtendWith(LeakCheck.class)
class FullFileSystemTest {

    private static final int BLOCK_BYTES = 32 << 10;
    private static final int BLOCK_SECTORS = BLOCK_BYTES / BlkWire.SECTOR_BYTES;
    private static final int BLOCKS = 32;
    private static final int ROOM_BYTES = 384 << 10;

    @TempDir
    Path folder;

    private Path small = Path.of("");

    @BeforeEach
    void mount() throws Exception {
        small = Files.createDirectory(folder.resolve("small"));
        RootRights.run("mount", "-t", "tmpfs", "-o", "size=" + ROOM_BYTES, "tmpfs", small.toString());
    }

    @AfterEach
    void unmount() {
        RootRights.run("umount", small.toString());
    }

    private DaemonRig start(EventLoopConfig.Choice choice) {
        BlkFactory factory = new BlkFactory();
        return DaemonRig.start(
                choice,
                context -> factory.open(
                        TestSettings.of(
                                factory,
                                Map.of("path", small.resolve("disk.img"), "size", (long) BLOCKS * BLOCK_BYTES)),
                        context),
                folder,
                false);
    }

    private static Answer request(DaemonRig rig, byte[] readable, int writableBytes) {
        return rig.request(new Probe("request", readable, writableBytes, _ -> {}), 1);
    }

    private static int write(DaemonRig rig, int block) {
        return request(rig, BlkRequests.write((long) block * BLOCK_SECTORS, BlkRequests.pattern(block, BLOCK_BYTES)), 1)
                .lastByte();
    }

    @ParameterizedTest
    @EnumSource(
            value = EventLoopConfig.Choice.class,
            names = {"IO_URING", "EPOLL"})
    void shouldAnswerWithAnErrorAndGoOnWhenThereIsNoSpaceLeft(EventLoopConfig.Choice choice) throws Exception {
        Path ballast = Files.write(small.resolve("ballast"), new byte[ROOM_BYTES / 2]);
        try (LogCapture log = LogCapture.begin();
                DaemonRig rig = start(choice)) {
            int written = 0;
            while (written < BLOCKS && write(rig, written) == BlkWire.VIRTIO_BLK_S_OK) {
                written++;
            }
            assertThat(written).isBetween(1, ROOM_BYTES / BLOCK_BYTES);
            // More often than what has a broken resource opened again: a full file system is none.
            for (int i = 0; i < 2 * HostHealth.FAILURES_BEFORE_RESTART; i++) {
                assertThat(write(rig, BLOCKS - 1)).isEqualTo(BlkWire.VIRTIO_BLK_S_IOERR);
            }
            assertThat(log.with("ENOSPC")).singleElement().asString().contains(DaemonRig.NAME, "until there is space");
            assertThat(rig.state()).isEqualTo(DeviceState.RUNNING);
            assertThat(rig.openings()).isEqualTo(1);

            Answer first = request(rig, BlkRequests.header(BlkWire.VIRTIO_BLK_T_IN, 0), BLOCK_BYTES + 1);
            assertThat(first.lastByte()).isEqualTo(BlkWire.VIRTIO_BLK_S_OK);
            assertThat(first.bytes()).startsWith(BlkRequests.pattern(0, BLOCK_BYTES));

            Files.delete(ballast);
            assertThat(write(rig, BLOCKS - 1)).isEqualTo(BlkWire.VIRTIO_BLK_S_OK);
        }
    }
}
