package dev.troupe.devices.scsi;

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

/** What a READ or WRITE costs the heap, from the kick to the call, in a daemon behind a real socket. */
@ExtendWith(LeakCheck.class)
class ScsiAllocationTest {
    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int REQUESTS = 50_000;
    private static final int DEPTH = 20;
    private static final int BLOCK_BYTES = 4096;

    /** Less than the smallest object: none a request. */
    private static final int LIMIT_BYTES = 8;

    /** How often it is measured before it counts as warm: the compiler runs beside it, on processors that others use. */
    private static final int MOST_ROUNDS = 20;

    @TempDir
    Path folder = Path.of("");

    @ParameterizedTest
    @CsvSource({"null, false", "memory, true", "file, false", "file, true"})
    void shouldAllocateNothingForARequest(String backEnd, boolean packed) {
        try (TestDaemon daemon = TestDaemon.start(EventLoopConfig.Choice.IO_URING);
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
        ScsiFactory factory = new ScsiFactory();
        Map<String, Object> disk = new HashMap<>(Map.of("back-end", backEnd, "size", 1L << 20));
        if (backEnd.equals("file")) {
            disk.put("path", folder.resolve("disk.img"));
        }
        Path socket = folder.resolve("scsi0.sock");
        Map<String, Object> values =
                TestSettings.of(factory, Map.of("luns", Map.of("disk", disk))).values();
        daemon.add(TestDaemon.spec("scsi0", factory, values, socket));
        return GuestRig.connect(
                socket, GuestRig.Shape.packed(packed).withQueues(3).withFeatures(ScsiWire.VIRTIO_SCSI_F_HOTPLUG));
    }

    /** Reads and writes of a driver, so many at a time. */
    private static final class Load {
        private final GuestRig guest;
        private final DriverQueue ring;
        private final BufferList[] requests = new BufferList[DEPTH];

        Load(GuestRig guest) {
            this.guest = guest;
            this.ring = guest.queue(ScsiWire.REQUESTQ).ring();
            for (int i = 0; i < DEPTH; i++) {
                requests[i] = request(guest.memory(), i);
            }
        }

        private static BufferList request(GuestMemoryFile memory, int number) {
            boolean write = number % 2 == 0;
            String cdb = "%s 00 %08x 00 0008 00".formatted(write ? "2a" : "28", number * 8);
            byte[] header = ScsiRequests.command(0, 0, number, cdb);
            long headerAt = memory.allocate(header.length, 1);
            long data = memory.allocate(BLOCK_BYTES, BLOCK_BYTES);
            long response = memory.allocate(ScsiRequests.RESPONSE, 1);
            MemorySegment.copy(
                    header, 0, memory.segment(headerAt, header.length), ValueLayout.JAVA_BYTE, 0, header.length);
            BufferList buffers = new BufferList().readable(headerAt, header.length);
            return write
                    ? buffers.readable(data, BLOCK_BYTES).writable(response, ScsiRequests.RESPONSE)
                    : buffers.writable(response, ScsiRequests.RESPONSE).writable(data, BLOCK_BYTES);
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
                EventFd.signal(guest.queue(ScsiWire.REQUESTQ).fds().kick());
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
