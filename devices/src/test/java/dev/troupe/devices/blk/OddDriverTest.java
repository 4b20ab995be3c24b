package dev.troupe.devices.blk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.testing.GuestRig;
import dev.troupe.actors.testing.TestDaemon;
import dev.troupe.devices.testing.OpenedByTest;
import dev.troupe.devices.testing.TestSettings;
import dev.troupe.transport.frontend.BufferList;
import dev.troupe.transport.frontend.DriverQueue;
import dev.troupe.transport.loop.EventLoopConfig;
import dev.troupe.transport.testing.LeakCheck;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A driver that cuts its requests as no other does, through the whole daemon. */
@ExtendWith(LeakCheck.class)
class OddDriverTest {

    private static final int SECTOR = BlkWire.SECTOR_BYTES;
    private static final int STATUS = 1024;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldServeRequestsWhenTheirHeadersComeByteByByte(boolean packed) {
        BlkFactory factory = new BlkFactory();
        OpenedByTest opened = new OpenedByTest(context ->
                factory.open(TestSettings.of(factory, Map.of("back-end", "memory", "size", 1L << 20)), context));
        Path socket = folder.resolve("disk0.sock");
        try (TestDaemon daemon = TestDaemon.start(EventLoopConfig.Choice.IO_URING)) {
            daemon.add(TestDaemon.spec("disk0", opened, Map.of(), socket));
            try (GuestRig guest = GuestRig.connect(
                    socket,
                    GuestRig.Shape.packed(packed).withFeatures(opened.newest().features()))) {
                long at = guest.memory().allocate(4096, 4096);
                MemorySegment memory = guest.memory().segment(at, 4096);
                byte[] data = BlkRequests.pattern(3, SECTOR);
                memory.asSlice(64, SECTOR).copyFrom(MemorySegment.ofArray(data));
                BufferList write = header(memory, at, BlkWire.VIRTIO_BLK_T_OUT);
                write.readable(at + 64, 1).readable(at + 65, SECTOR - 1).writable(at + STATUS, 1);
                expectOk(guest, memory, write);

                memory.asSlice(64, SECTOR).fill((byte) 0);
                BufferList read = header(memory, at, BlkWire.VIRTIO_BLK_T_IN);
                read.writable(at + 64, 1).writable(at + 65, SECTOR - 1).writable(at + STATUS, 1);
                expectOk(guest, memory, read);
                assertThat(memory.asSlice(64, SECTOR).toArray(ValueLayout.JAVA_BYTE))
                        .isEqualTo(data);
            }
            assertThat(daemon.status("disk0").violations()).isZero();
        }
    }

    /** A header for sector 5, each of its bytes a buffer. */
    private static BufferList header(MemorySegment memory, long at, int type) {
        BlkWire.putHeader(memory, 0, type, 5);
        memory.set(ValueLayout.JAVA_BYTE, STATUS, (byte) 0xff);
        BufferList buffers = new BufferList();
        IntStream.range(0, BlkWire.HEADER_SIZE).forEach(i -> buffers.readable(at + i, 1));
        return buffers;
    }

    private static void expectOk(GuestRig guest, MemorySegment memory, BufferList buffers) {
        DriverQueue ring = guest.queue(0).ring();
        assertThat(ring.add(buffers, 1)).isTrue();
        guest.queue(0).kick();
        GuestRig.await("the answer", ring::poll);
        assertThat(memory.get(ValueLayout.JAVA_BYTE, STATUS)).isEqualTo(BlkWire.VIRTIO_BLK_S_OK);
    }
}
