package dev.troupe.devices.blk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.devices.testing.ManualLoop;
import dev.troupe.devices.testing.Rig;
import dev.troupe.devices.testing.TestDeviceContext;
import dev.troupe.devices.testing.TestSettings;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeakCheck.class)
class BlkDeviceTest {
    private static final long SIZE = 1 << 20;

    @TempDir
    Path directory = Path.of("");

    private final ManualLoop loop = new ManualLoop();
    private final TestDeviceContext context = new TestDeviceContext(loop);

    private BlkDevice open(Map<String, Object> more) throws DeviceException {
        Map<String, Object> options = new HashMap<>(Map.of("path", image()));
        options.putAll(more);
        BlkFactory factory = new BlkFactory();
        return (BlkDevice) factory.open(TestSettings.of(factory, options), context);
    }

    private Path image() {
        return directory.resolve("disk.img");
    }

    private static ByteBuffer config(BlkDevice device) {
        return ByteBuffer.wrap(device.configSpace(0)).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void shouldLayOutTheConfigurationSpaceAsSpecified() throws Exception {
        Map<String, Object> options = Map.of(
                "size",
                SIZE,
                "queues",
                3L,
                "seg-max",
                77L,
                "block-size",
                1024L,
                "physical-block-size",
                8192L,
                "minimum-io-size",
                16384L,
                "optimal-io-size",
                65536L);
        try (BlkDevice device = open(options)) {
            ByteBuffer config = config(device);
            assertThat(config.capacity()).isEqualTo(96);
            assertThat(config.getLong(0)).isEqualTo(2048);
            assertThat(config.getInt(8)).isZero();
            assertThat(config.getInt(12)).isEqualTo(77);
            assertThat(config.getInt(20)).isEqualTo(1024);
            assertThat(config.get(24)).isEqualTo((byte) 3);
            assertThat(config.get(25)).isZero();
            assertThat(config.getShort(26)).isEqualTo((short) 16);
            assertThat(config.getInt(28)).isEqualTo(64);
            assertThat(config.get(32)).isEqualTo((byte) 1);
            assertThat(config.getShort(34)).isEqualTo((short) 3);
            assertThat(config.getInt(36)).isEqualTo(1 << 21);
            assertThat(config.getInt(40)).isEqualTo(32);
            assertThat(config.getInt(44)).isEqualTo(16);
            assertThat(config.getInt(48)).isEqualTo(1 << 21);
            assertThat(config.getInt(52)).isEqualTo(32);
            assertThat(config.get(56)).isEqualTo((byte) 1);
            assertThat(device.features()).isEqualTo(0b0111_1110_0100_0100L);
            assertThat(device.queueCount()).isEqualTo(3);
        }
    }

    @Test
    void shouldLetTheDriverWriteTheCacheModeAndNothingElse() throws Exception {
        try (BlkDevice device = open(Map.of("size", SIZE))) {
            byte[] all = device.configSpace(0);
            all[32] = 0;
            assertThat(device.writeConfigSpace(0, all)).isTrue();
            assertThat(device.configSpace(0)[32]).isZero();
            assertThat(device.writeConfigSpace(32, new byte[] {2})).isFalse();
            assertThat(device.writeConfigSpace(0, new byte[] {1})).isFalse();
            assertThat(device.writeConfigSpace(95, new byte[2])).isFalse();
            assertThat(device.writeConfigSpace(-1, new byte[1])).isFalse();
            assertThat(device.configSpace(0)[32]).isZero();
        }
    }

    @Test
    void shouldStayWithoutACacheWhenADriverThatWantsNoneIsReset() throws Exception {
        try (BlkDevice device = open(Map.of("size", SIZE))) {
            assertThat(device.writeConfigSpace(32, new byte[] {0})).isTrue();
            device.reset();
            assertThat(device.writesThrough(device.features())).isTrue();
            assertThat(device.writeConfigSpace(32, new byte[] {1})).isTrue();
            assertThat(device.writesThrough(device.features())).isFalse();
        }
    }

    @Test
    void shouldReturnToNoCacheWhenADriverThatWantedOneIsReset() throws Exception {
        try (BlkDevice device = open(Map.of("size", SIZE, "cache", "write-through"))) {
            assertThat(device.writeConfigSpace(32, new byte[] {1})).isTrue();
            assertThat(device.writesThrough(device.features())).isFalse();
            device.reset();
            assertThat(device.writesThrough(device.features())).isTrue();
        }
    }

    @Test
    void shouldMakeASparseImageWhenThereIsNone() throws Exception {
        open(Map.of("size", 1L << 40)).close();

        assertThat(Files.size(image())).isEqualTo(1L << 40);
        assertThat((Long) Files.getAttribute(image(), "unix:ino")).isPositive();
    }

    @Test
    void shouldRefuseWhatIsNotThereWhenNoSizeIsGiven() {
        assertThatThrownBy(() -> open(Map.of()))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("give a size");
        assertThat(image()).doesNotExist();
    }

    @Test
    void shouldNotAdviseASizeWhenAReadOnlyDiskHasNoImage() {
        assertThatThrownBy(() -> open(Map.of("size", SIZE, "read-only", true)))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("read-only")
                .hasMessageNotContaining("give a size");
    }

    @Test
    void shouldRefuseADirectory() {
        assertThatThrownBy(() -> open(Map.of("path", directory))).hasMessageContaining("neither a regular file");
    }

    @Test
    void shouldGrowASmallerImageAndNeverCutALargerOne() throws Exception {
        Files.write(image(), new byte[4096]);
        open(Map.of("size", SIZE)).close();
        assertThat(Files.size(image())).isEqualTo(SIZE);

        try (BlkDevice device = open(Map.of("size", 4096L))) {
            assertThat(device.capacityBytes()).isEqualTo(SIZE);
        }
        assertThat(Files.size(image())).isEqualTo(SIZE);
    }

    @Test
    void shouldRefuseAnImageThatAnotherWriterHas() throws Exception {
        try (BlkDevice first = open(Map.of("size", SIZE))) {
            assertThat(first.readOnly()).isFalse();
            assertThatThrownBy(() -> open(Map.of())).hasMessageContaining("in use by another program");
            assertThatThrownBy(() -> open(Map.of("read-only", true))).hasMessageContaining("that writes to it");
            open(Map.of("lock", false)).close();
        }
        open(Map.of()).close();
    }

    @Test
    void shouldLetAnImageBeOpenedTwiceAndUsedOnceWhenItIsLockedWhileRunning() throws Exception {
        Map<String, Object> options = Map.of("size", SIZE, "lock-while-running", true);
        byte[] data = BlkRequests.pattern(3, BlkWire.SECTOR_BYTES);
        try (Rig other = Rig.split(loop, open(options))) {
            Rig first = Rig.split(loop, open(options));
            assertThat(other.bench().isHeld()).isFalse();
            assertThat(first.bench().isHeld()).isTrue();
            long token = first.driver().submit(BlkRequests.write(1, data), 1, 1);
            first.settle();
            assertThat(first.driver().isAnswered(token)).isFalse();

            other.bench().restart();
            loop.settle();
            loop.pass(Duration.ofMillis(100).toNanos());
            assertThat(first.bench().isHeld()).isTrue();
            first.close();
        }
    }

    @Test
    void shouldServeAGuestThatWaitedWhenTheOneBeforeHasStopped() throws Exception {
        Map<String, Object> options = Map.of("size", SIZE, "lock-while-running", true);
        byte[] data = BlkRequests.pattern(3, BlkWire.SECTOR_BYTES);
        Rig source = Rig.split(loop, open(options));
        try (Rig destination = Rig.split(loop, open(options))) {
            assertThat(source.request(BlkRequests.write(1, data), 1).lastByte()).isZero();
            long token = destination.driver().submit(BlkRequests.header(BlkWire.VIRTIO_BLK_T_IN, 1), 513, 1);
            destination.settle();
            assertThat(destination.driver().isAnswered(token)).isFalse();

            source.close();
            loop.pass(Duration.ofMillis(100).toNanos());
            destination.settle();
            assertThat(destination.driver().answer(token).bytes()).startsWith(data);
            assertThatThrownBy(() -> open(Map.of())).hasMessageContaining("in use by another program");
        }
        open(Map.of()).close();
    }

    @Test
    void shouldRefuseInlineWritesWhereThereIsNoPageCache() {
        BlkFactory factory = new BlkFactory();
        assertThat(factory.check(
                        TestSettings.of(factory, Map.of("path", image(), "direct", true, "inline-writes", true))))
                .singleElement()
                .satisfies(problem -> assertThat(problem.option()).isEqualTo("inline-writes"));
    }

    @Test
    void shouldRefuseAPauseOfALockThatThereIsNot() {
        BlkFactory factory = new BlkFactory();
        assertThat(factory.check(
                        TestSettings.of(factory, Map.of("path", image(), "lock", false, "lock-while-running", true))))
                .singleElement()
                .satisfies(problem -> assertThat(problem.option()).isEqualTo("lock-while-running"));
    }

    @Test
    void shouldShareAnImageAmongReaders() throws Exception {
        Files.write(image(), new byte[4096]);
        try (BlkDevice first = open(Map.of("read-only", true));
                BlkDevice second = open(Map.of("read-only", true))) {
            assertThat(first.capacityBytes()).isEqualTo(second.capacityBytes());
            assertThatThrownBy(() -> open(Map.of())).hasMessageContaining("in use by another program");
        }
    }

    @Test
    void shouldTellTheDriverWhenTheFileWasResizedByTheCommand() throws Exception {
        try (BlkDevice device = open(Map.of("size", SIZE))) {
            assertThat(device.command("resize", List.of("2M"))).contains("2 MiB");
            assertThat(config(device).getLong(0)).isEqualTo(4096);
            assertThat(device.command("resize", List.of("512 KiB", "shrink"))).contains("512 KiB");
            assertThat(Files.size(image())).isEqualTo(512 << 10);
            assertThat(context.configChanges()).isEqualTo(2);
            assertThat(device.command("resize", List.of())).contains("stays");
            assertThat(context.configChanges()).isEqualTo(2);
        }
    }

    @Test
    void shouldCutNothingUnlessThatIsSaid() throws Exception {
        Files.write(image(), new byte[4096 + 100]);
        try (BlkDevice device = open(Map.of())) {
            assertThatThrownBy(() -> device.command("resize", List.of("4 KiB")))
                    .hasMessageContaining("would be lost; add 'shrink'");
            assertThatThrownBy(() -> device.command("resize", List.of("4 KiB", "please")))
                    .hasMessageContaining("too much");
            assertThat(Files.size(image())).isEqualTo(4096 + 100);
            assertThat(context.configChanges()).isZero();
        }
    }

    @Test
    void shouldReadANewSizeAsTheConfigurationIsRead() throws Exception {
        try (BlkDevice device = open(Map.of("size", SIZE))) {
            device.command("resize", List.of("1.5 MiB"));
            assertThat(device.capacityBytes()).isEqualTo(3 << 19);
            device.command("resize", List.of("2048 kB"));
            assertThat(device.capacityBytes()).isEqualTo(2_048_000);
        }
    }

    @Test
    void shouldRefuseSizesThatNoDiskHas() throws Exception {
        try (BlkDevice device = open(Map.of("size", SIZE))) {
            assertThatThrownBy(() -> device.command("resize", List.of("0"))).isInstanceOf(DeviceException.class);
            assertThatThrownBy(() -> device.command("resize", List.of("513"))).isInstanceOf(DeviceException.class);
            assertThatThrownBy(() -> device.command("resize", List.of("1X"))).isInstanceOf(DeviceException.class);
            assertThatThrownBy(() -> device.command("resize", List.of("9E"))).isInstanceOf(DeviceException.class);
            assertThatThrownBy(() -> device.command("eject", List.of())).isInstanceOf(DeviceException.class);
            assertThat(device.capacityBytes()).isEqualTo(SIZE);
        }
    }

    @Test
    void shouldTellTheDriverWhenTheFileGrewBehindItsBack() throws Exception {
        try (BlkDevice device = open(Map.of("size", SIZE))) {
            loop.settle();
            try (FileChannel channel = FileChannel.open(image(), StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.allocate(512), 2 * SIZE - 512);
            }
            loop.pass(Duration.ofMillis(1500).toNanos());

            assertThat(context.configChanges()).isEqualTo(1);
            assertThat(device.capacityBytes()).isEqualTo(2 * SIZE);
        }
        loop.pass(Duration.ofSeconds(5).toNanos());
        assertThat(loop.timers()).isZero();
    }
}
