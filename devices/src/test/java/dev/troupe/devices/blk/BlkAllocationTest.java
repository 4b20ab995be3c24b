package dev.troupe.devices.blk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.testing.GuestRig;
import dev.troupe.actors.testing.TestDaemon;
import dev.troupe.devices.testing.TestSettings;
import dev.troupe.transport.frontend.BufferList;
import dev.troupe.transport.frontend.DriverQueue;
import dev.troupe.transport.frontend.GuestMemoryFile;
import dev.troupe.transport.loop.EventLoopConfig;
import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.testing.LeakCheck;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a request costs the heap, from the kick to the call, in a daemon behind a real socket. */
@ExtendWith(LeakCheck.class)
class BlkAllocationTest {
    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int REQUESTS = 50_000;
    private static final int DEPTH = 25;
    private static final int BLOCK_BYTES = 4096;
    private static final long SIZE_BYTES = 1L << 20;

    /** Less than the smallest object: none a request. */
    private static final int LIMIT_BYTES = 8;

    /** How often it is measured before it counts as warm: the compiler runs beside it, on processors that others use. */
    private static final int MOST_ROUNDS = 20;

    @TempDir
    Path folder = Path.of("");

    @ParameterizedTest
    @CsvSource({
        "null, IO_URING, false",
        "null, IO_URING, true",
        "memory, IO_URING, false",
        "memory, IO_URING, true",
        "file, IO_URING, false",
        "file, IO_URING, true",
        "memory, EPOLL, false",
        "file, EPOLL, true"
    })
    void shouldAllocateNothingForARequest(String backEnd, EventLoopConfig.Choice choice, boolean packed) {
        try (TestDaemon daemon = TestDaemon.start(choice);
                GuestRig guest = start(daemon, backEnd, packed)) {
            Load load = new Load(guest);
            double bytes = load.bytesPerRequest();
            for (int round = 1; bytes >= LIMIT_BYTES && round < MOST_ROUNDS; round++) {
                bytes = load.bytesPerRequest();
            }
            assertThat(bytes).as("heap bytes for a request").isLessThan(LIMIT_BYTES);
        }
    }

    private GuestRig start(TestDaemon daemon, String backEnd, boolean packed) {
        BlkFactory factory = new BlkFactory();
        Map<String, Object> options = new HashMap<>(Map.of("back-end", backEnd, "size", SIZE_BYTES));
        if (backEnd.equals("file")) {
            options.put("path", folder.resolve("disk.img"));
        }
        Path socket = folder.resolve("disk0.sock");
        Map<String, Object> values = TestSettings.of(factory, options).values();
        daemon.add(TestDaemon.spec("disk0", factory, values, socket));
        return GuestRig.connect(socket, GuestRig.Shape.packed(packed).withFeatures(BlkWire.VIRTIO_BLK_F_FLUSH));
    }

    /** Reads and writes of a driver, so many at a time. */
    private static final class Load {
        private final GuestRig guest;
        private final DriverQueue ring;
        private final BufferList[] requests = new BufferList[DEPTH];

        Load(GuestRig guest) {
            this.guest = guest;
            this.ring = guest.queue(0).ring();
            for (int i = 0; i < DEPTH; i++) {
                requests[i] = request(guest.memory(), i);
            }
        }

        private static BufferList request(GuestMemoryFile memory, int number) {
            boolean write = number % 2 == 0;
            long sector = (long) number * (BLOCK_BYTES / BlkWire.SECTOR_BYTES);
            byte[] header = BlkRequests.header(write ? BlkWire.VIRTIO_BLK_T_OUT : BlkWire.VIRTIO_BLK_T_IN, sector);
            long headerAt = memory.allocate(header.length, 1);
            long data = memory.allocate(BLOCK_BYTES, BLOCK_BYTES);
            long status = memory.allocate(1, 1);
            MemorySegment.copy(
                    header, 0, memory.segment(headerAt, header.length), ValueLayout.JAVA_BYTE, 0, header.length);
            BufferList buffers = new BufferList().readable(headerAt, header.length);
            return (write ? buffers.readable(data, BLOCK_BYTES) : buffers.writable(data, BLOCK_BYTES))
                    .writable(status, 1);
        }

        /** Heap bytes that the queue loops' threads allocated for many requests, for one of them. */
        double bytesPerRequest() {
            long before = allocatedBytes();
            for (int i = 0; i < REQUESTS / DEPTH; i++) {
                round();
            }
            return (double) (allocatedBytes() - before) / REQUESTS;
        }

        private void round() {
            for (int i = 0; i < DEPTH; i++) {
                assertThat(ring.add(requests[i], i)).isTrue();
            }
            if (ring.publish()) {
                EventFd.signal(guest.queue(0).fds().kick());
            }
            for (int i = 0; i < DEPTH; i++) {
                GuestRig.await("an answer", ring::poll);
            }
        }

        private static long allocatedBytes() {
            long[] loops = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().startsWith("troupe-loop-troupe-queue-"))
                    .mapToLong(Thread::threadId)
                    .toArray();
            return Arrays.stream(THREADS.getThreadAllocatedBytes(loops)).sum();
        }
    }
}
