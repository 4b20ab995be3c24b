package dev.troupe.actors.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.testing.GuestRig;
import dev.troupe.actors.testing.Stage;
import dev.troupe.transport.frontend.BufferList;
import dev.troupe.transport.frontend.DriverQueue;
import dev.troupe.transport.frontend.FrontEndWishes;
import dev.troupe.transport.frontend.GuestMemoryFile;
import dev.troupe.transport.frontend.SplitDriverQueue;
import dev.troupe.transport.ring.RingLayout;
import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.testing.LeakCheck;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests laid out as no driver would, which must work all the same, and a guest that writes while the device reads. */
@ExtendWith(LeakCheck.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OddGuestTest {

    private static final byte[] HELLO = {'h', 'e', 'l', 'l', 'o'};
    private static final long FIRST = 0x10000;
    private static final long HALF_BYTES = 8L << 20;
    private static final long BORDER = FIRST + HALF_BYTES;
    private static final int ENTRY_BYTES = 16;
    private static final int SIZE = 64;
    private static final int SCRIBBLES = 200_000;
    private static final int MOST_RECOVERIES = 50;
    private static final int KICK_EVERY = 16;

    private Stage stage;

    @BeforeAll
    void open(@TempDir Path folder) {
        stage = Stage.open(folder);
    }

    @AfterAll
    void close() {
        stage.close();
    }

    private GuestRig guestOfTwoRegions(boolean packed) {
        stage.awaitNobodyConnected();
        GuestMemoryFile memory = GuestMemoryFile.create(
                List.of(new GuestMemoryFile.Place(FIRST, HALF_BYTES), new GuestMemoryFile.Place(BORDER, HALF_BYTES)));
        return GuestRig.connect(stage.socket(), GuestRig.Shape.packed(packed), FrontEndWishes.usual(), memory);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldServeARequestWhenEachOfItsBytesHasADescriptor(boolean packed) {
        try (GuestRig guest = stage.guest(new GuestRig.Shape(packed, 1, 64, 0))) {
            long violations = stage.status().violations();
            DriverQueue ring = guest.queue(0).ring();
            long at = guest.memory().allocate(64, 1);
            MemorySegment bytes = guest.memory().segment(at, 64);
            BufferList buffers = new BufferList();
            for (int i = 0; i < 7; i++) {
                bytes.set(ValueLayout.JAVA_BYTE, i, (byte) (i + 1));
                buffers.readable(at + i, 1);
            }
            IntStream.range(0, 7).forEach(i -> buffers.writable(at + 32 + 2L * i, 1));
            assertThat(ring.add(buffers, 1)).isTrue();
            guest.queue(0).kick();
            GuestRig.await("the answer", ring::poll);
            assertThat(ring.usedLengthBytes()).isEqualTo(7);
            assertThat(bytes.asSlice(32, 14).toArray(ValueLayout.JAVA_BYTE))
                    .containsExactly(1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0);
            assertThat(stage.status().violations()).isEqualTo(violations);
        }
    }

    /** The second entry of the table lies in two regions, as does the buffer that it tells of. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldServeARequestWhenItsTableAndItsBufferCrossFromOneRegionIntoTheNext(boolean packed) {
        try (GuestRig guest = guestOfTwoRegions(packed)) {
            long violations = stage.status().violations();
            long table = BORDER - ENTRY_BYTES - ENTRY_BYTES / 2;
            long source = BORDER + 0x1000;
            long target = BORDER - 0x2000;
            guest.memory().segment(source, HELLO.length).copyFrom(MemorySegment.ofArray(HELLO));
            entry(guest, table, source, HELLO.length, RingLayout.FLAG_NEXT, 1, packed);
            entry(guest, table + ENTRY_BYTES, target, HELLO.length, RingLayout.FLAG_WRITE, 0, packed);
            DriverQueue ring = guest.queue(0).ring();
            int indirect = RingLayout.FLAG_INDIRECT;
            ring.writeDescriptor(0, table, 2 * ENTRY_BYTES, packed ? indirect | RingLayout.FLAG_AVAIL : indirect, 0);
            if (ring instanceof SplitDriverQueue split) {
                split.writeAvailEntry(0, 0);
                split.writeAvailIndex(1);
            }
            EventFd.signal(guest.queue(0).fds().kick());
            MemorySegment answer = guest.memory().segment(target, HELLO.length);
            GuestRig.await("the answer", () -> answer.get(ValueLayout.JAVA_BYTE, HELLO.length - 1) == 'o');
            assertThat(answer.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(HELLO);
            assertThat(stage.status().violations()).isEqualTo(violations);
        }
    }

    private static void entry(GuestRig guest, long at, long address, int length, int flags, int next, boolean packed) {
        MemorySegment entry = guest.memory().segment(at, ENTRY_BYTES);
        entry.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, address);
        entry.set(ValueLayout.JAVA_INT_UNALIGNED, 8, length);
        entry.set(ValueLayout.JAVA_SHORT_UNALIGNED, packed ? 14 : 12, (short) flags);
        entry.set(ValueLayout.JAVA_SHORT_UNALIGNED, packed ? 12 : 14, (short) next);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldServeARequestWhenABufferCrossesFromOneRegionIntoTheNext(boolean packed) {
        try (GuestRig guest = guestOfTwoRegions(packed)) {
            MemorySegment source = guest.memory().segment(BORDER - 2, HELLO.length);
            source.copyFrom(MemorySegment.ofArray(HELLO));
            assertThat(guest.queue(0)
                            .submitAt(BORDER - 2, HELLO.length, HELLO.length)
                            .await())
                    .isEqualTo(HELLO);
        }
    }

    /**
     * The guest changes its descriptors, its available ring and its tables while the device works through them. Whatever
     * the device makes of that, it is the guest's own fault: a broken ring, never a bug of ours, and nobody else's harm.
     */
    @ParameterizedTest
    @CsvSource({"false, 1", "false, 2", "true, 1", "true, 2"})
    void shouldHarmNobodyElseWhenTheGuestWritesToItsRingWhileItIsWalked(boolean packed, int seed)
            throws InterruptedException {
        try (GuestRig guest = stage.guest(GuestRig.Shape.packed(packed).withQueues(2))) {
            AtomicInteger recoveries = new AtomicInteger();
            Thread scribbler = Thread.ofPlatform().start(() -> scribble(guest, new SplittableRandom(seed), recoveries));
            int rounds = 0;
            while (scribbler.isAlive()) {
                stage.expectNeighbourUnharmed();
                if (recoveries.get() < MOST_RECOVERIES
                        && stage.status().queues().getFirst().state().equals("broken")) {
                    guest.recover(0);
                    recoveries.incrementAndGet();
                }
                byte[] payload = {(byte) rounds, (byte) (rounds >> 8), 42};
                assertThat(guest.queue(1).roundTrip(payload, payload.length)).isEqualTo(payload);
                rounds++;
            }
            scribbler.join();
            assertThat(rounds).isPositive();
            assertThat(recoveries).as("how often the ring was broken").hasPositiveValue();
            guest.recover(0);
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
            assertThat(stage.status().restarts()).isZero();
            assertThat(stage.status().queues())
                    .allSatisfy(queue -> assertThat(queue.restarts()).isZero());
            stage.expectNeighbourUnharmed();
        }
    }

    /**
     * Makes descriptors that are right or nearly so available in whatever ring the queue has, and changes them at once, until
     * that has broken the ring.
     */
    private static void scribble(GuestRig guest, SplittableRandom random, AtomicInteger recoveries) {
        long buffer = guest.memory().regions().getFirst().guestAddress() + (4L << 20);
        for (int i = 0; i < SCRIBBLES || recoveries.get() == 0; i++) {
            DriverQueue ring = guest.queue(0).ring();
            int available = random.nextBoolean() ? RingLayout.FLAG_AVAIL : RingLayout.FLAG_USED;
            ring.writeDescriptor(
                    random.nextInt(SIZE),
                    buffer + random.nextInt(4096),
                    random.nextInt(SIZE),
                    random.nextInt(4) | (ring instanceof SplitDriverQueue ? 0 : available),
                    random.nextInt(SIZE));
            if (ring instanceof SplitDriverQueue split) {
                split.writeAvailEntry(i % SIZE, random.nextInt(SIZE));
                split.writeAvailIndex(i % SIZE);
            }
            if (i % KICK_EVERY == 0) {
                EventFd.signal(guest.queue(0).fds().kick());
            }
        }
    }
}
