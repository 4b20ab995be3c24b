package dev.troupe.devices.blk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.SavedState;
import dev.troupe.devices.testing.ManualLoop;
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
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What of a disk may change under a driver, and what is found out before anything is changed. */
@ExtendWith(LeakCheck.class)
class BlkChangeTest {
    private static final long SIZE = 1 << 20;

    @TempDir
    Path directory = Path.of("");

    private final ManualLoop loop = new ManualLoop();
    private final TestDeviceContext context = new TestDeviceContext(loop);
    private final BlkFactory factory = new BlkFactory();

    @AfterEach
    void giveBackWhatWasKept() {
        context.close();
    }

    private Path image() {
        return directory.resolve("disk.img");
    }

    private BlkDevice open(Map<String, Object> more) throws DeviceException {
        Map<String, Object> options = new HashMap<>(Map.of("path", image(), "size", SIZE));
        options.putAll(more);
        return (BlkDevice) factory.open(TestSettings.of(factory, options), context);
    }

    private byte[] config() throws DeviceException {
        try (BlkDevice device = open(Map.of())) {
            return device.configSpace(0);
        }
    }

    private void rehearse(Map<String, Object> options) throws DeviceException {
        factory.rehearse(TestSettings.of(factory, options));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 8, 4096, true", // capacity, more
        "0, 8, 1024, false", // capacity, less
        "12, 4, 1, false", // seg_max
        "20, 4, 4096, false", // blk_size
        "24, 1, 5, true", // physical_block_exp
        "26, 2, 77, true", // min_io_size
        "28, 4, 77, true", // opt_io_size
        "32, 1, 0, true", // writeback, to no cache
        "34, 2, 9, false", // num_queues
        "36, 4, 1, false", // max_discard_sectors
        "44, 4, 99, true", // discard_sector_alignment
        "56, 1, 0, false", // write_zeroes_may_unmap
    })
    void shouldTellWhatADriverMayFindChanged(int offset, int bytes, long value, boolean allowed) throws Exception {
        byte[] before = config();
        ByteBuffer little =
                ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, value);
        byte[] now = before.clone();
        System.arraycopy(little.array(), 0, now, offset, bytes);

        assertThat(factory.mayBecome(before, now)).isEqualTo(allowed);
    }

    @Test
    void shouldNotGetACacheThatItsDriverDoesNotFlush() throws Exception {
        byte[] through = config();
        through[BlkWire.WRITEBACK_OFFSET] = 0;
        assertThat(factory.mayBecome(through, config())).isFalse();
    }

    @Test
    void shouldKeepTheDriversChoiceOfCacheWhenItTakesOverTheStateOfAnotherDevice() throws Exception {
        SavedState left;
        try (BlkDevice device = open(Map.of())) {
            assertThat(device.writeConfigSpace(BlkWire.WRITEBACK_OFFSET, new byte[] {0}))
                    .isTrue();
            left = device.saveState();
        }
        try (BlkDevice device = open(Map.of())) {
            device.loadState(left);
            assertThat(device.writesThrough(BlkWire.VIRTIO_BLK_F_CONFIG_WCE | BlkWire.VIRTIO_BLK_F_FLUSH))
                    .isTrue();
        }
    }

    @Test
    void shouldLookAtTheSizeAsOftenAsItsOptionSaysNow() throws Exception {
        try (BlkDevice device = open(Map.of("size-check", Duration.ZERO))) {
            loop.settle();
            assertThat(loop.timers()).isZero();
            device.settingsChanged(TestSettings.of(
                    factory, Map.of("path", image(), "size", SIZE, "size-check", Duration.ofMillis(10))));
            loop.settle();
            try (FileChannel channel = FileChannel.open(image(), StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.allocate(512), 2 * SIZE - 512);
            }
            loop.pass(Duration.ofMillis(20).toNanos());
            assertThat(context.configChanges()).isEqualTo(1);
        }
        loop.pass(Duration.ofSeconds(5).toNanos());
    }

    @Test
    void shouldAskNothingOfTheThreadsThatMayBlockWhenTheDiskIsClosed() throws Exception {
        // They may have ended by then: the daemon ends them before the loops.
        try (BlkDevice device = open(Map.of("size-check", Duration.ofMillis(10)))) {
            loop.settle();
            assertThat(device.capacityBytes()).isEqualTo(SIZE);
        }
        loop.pass(Duration.ofSeconds(5).toNanos());
        assertThat(context.blockingTasks()).isZero();
    }

    @Test
    void shouldFindNothingWrongInARehearsalWhenTheDiskIsOpenAlready() throws Exception {
        try (BlkDevice device = open(Map.of())) {
            assertThatCode(() -> rehearse(Map.of("path", image()))).doesNotThrowAnyException();
            assertThat(device.capacityBytes()).isEqualTo(SIZE);
        }
    }

    @Test
    void shouldMakeNothingInARehearsal() throws Exception {
        rehearse(Map.of("path", image(), "size", SIZE));
        assertThat(image()).doesNotExist();
        Files.write(image(), new byte[512]);
        rehearse(Map.of("path", image(), "size", SIZE));
        assertThat(Files.size(image())).isEqualTo(512);
    }

    @Test
    void shouldSayInARehearsalWhatOpeningWouldSay() throws Exception {
        assertThatThrownBy(() -> rehearse(Map.of("path", image()))).hasMessageContaining("There is no ");
        assertThatThrownBy(() -> rehearse(Map.of("path", directory))).hasMessageContaining("neither a regular file");
        assertThatThrownBy(() -> rehearse(Map.of("path", directory.resolve("no/disk.img"), "size", SIZE)))
                .hasMessageContaining("its folder is not there");
        Files.write(image(), new byte[0]);
        assertThatThrownBy(() -> rehearse(Map.of("path", image()))).hasMessageContaining("is empty; give a size");
    }

    @Test
    void shouldKeepTheSizeOfADiskInMemory() throws Exception {
        Map<String, Object> memory = new HashMap<>(Map.of("back-end", "memory", "size", SIZE));
        factory.open(TestSettings.of(factory, memory), context).close();
        memory.put("size", 2 * SIZE);
        assertThatThrownBy(() -> factory.open(TestSettings.of(factory, memory), context))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("keeps its size, 1 MiB");
    }
}
