package dev.troupe.actors.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.testing.CopyFactory;
import dev.troupe.actors.testing.GuestRig;
import dev.troupe.actors.testing.Stage;
import dev.troupe.transport.frontend.DriverQueue;
import dev.troupe.transport.frontend.FrontEndWishes;
import dev.troupe.transport.frontend.PackedDriverQueue;
import dev.troupe.transport.frontend.SplitDriverQueue;
import dev.troupe.transport.protocol.BackEndMessage;
import dev.troupe.transport.protocol.FrontEndMessage;
import dev.troupe.transport.protocol.PassedFds;
import dev.troupe.transport.protocol.ProtocolFeature;
import dev.troupe.transport.ring.RingLayout;
import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.testing.LeakCheck;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rings that no honest driver fills, through the whole daemon: one queue suffers, nothing else. */
@ExtendWith(LeakCheck.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostileGuestTest {

    private static final byte[] HELLO = {'h', 'e', 'l', 'l', 'o'};
    private static final int NEXT = RingLayout.FLAG_NEXT;
    private static final int WRITE = RingLayout.FLAG_WRITE;
    private static final int INDIRECT = RingLayout.FLAG_INDIRECT;
    private static final int SIZE = 64;
    private static final long BUFFER = 0x20_0000;
    private static final long TABLE = 0x30_0000;
    private static final long END = 0x10000 + (64L << 20);
    private static final int EMPTY_KICKS = 1_000_000;
    private static final int SCRIBBLED_REQUESTS = 400;

    private Stage stage;

    @BeforeAll
    void open(@TempDir Path folder) {
        stage = Stage.open(folder);
    }

    @AfterEach
    void nothingElseIsHarmed() {
        stage.victim().handling = CopyFactory::copy;
        stage.expectUnharmed();
    }

    @AfterAll
    void close() {
        stage.close();
    }

    /** What a hostile driver does with its ring. */
    record Attack(String what, boolean packed, String reason, BiConsumer<GuestRig, DriverQueue> deed) {
        @Override
        public String toString() {
            return what + (packed ? ", packed" : ", split");
        }
    }

    private record Descriptor(long address, long length, int flags, int nextOrId) {}

    private static Descriptor d(long address, long length, int flags, int nextOrId) {
        return new Descriptor(address, length, flags, nextOrId);
    }

    static Stream<Attack> attacks() {
        return Stream.concat(
                Stream.of(false, true).flatMap(HostileGuestTest::chainAttacks),
                Stream.concat(splitAttacks(), packedAttacks()));
    }

    private static Stream<Attack> chainAttacks(boolean packed) {
        return Stream.of(
                chain("a buffer in a hole", packed, "", d(0x100, 16, 0, 0)),
                chain("a buffer that wraps", packed, "", d(-16, 32, 0, 0)),
                chain("a buffer of 4 GiB", packed, "", d(BUFFER, 0xffff_ffffL, 0, 0)),
                chain("a buffer beyond the end", packed, "", d(END - 1, 2, 0, 0)),
                chain("writable before readable", packed, "follows", d(BUFFER, 8, NEXT | WRITE, 1), d(BUFFER, 8, 0, 1)),
                chain("an empty table", packed, "", d(TABLE, 0, INDIRECT, 0)),
                chain("a table of 15 bytes", packed, "", d(TABLE, 15, INDIRECT, 0)),
                chain("a huge table", packed, "", d(TABLE, 0xffff_fff0L, INDIRECT, 0)),
                chain("a table in a hole", packed, "", d(0x100, 32, INDIRECT, 0)),
                chain("a table beyond the end", packed, "", d(END - 8, 32, INDIRECT, 0)),
                chain("an indirect descriptor that goes on", packed, "", d(TABLE, 16, INDIRECT | NEXT, 1)),
                nested(packed));
    }

    private static Attack chain(String what, boolean packed, String reason, Descriptor... descriptors) {
        return new Attack(what, packed, reason, (_, ring) -> offer(ring, 1, descriptors));
    }

    private static Attack nested(boolean packed) {
        return new Attack("a table in a table", packed, "inside an indirect table", (guest, ring) -> {
            MemorySegment table = guest.memory().segment(TABLE, 16);
            table.set(RingLayout.LONG, 0, TABLE);
            long word = packed ? 16L | (long) INDIRECT << 48 : 16L | (long) INDIRECT << 32;
            table.set(RingLayout.LONG, 8, word);
            offer(ring, 1, d(TABLE, 16, INDIRECT, 0));
        });
    }

    private static Stream<Attack> splitAttacks() {
        return Stream.of(
                new Attack(
                        "the index jumps",
                        false,
                        "jumped",
                        (_, ring) -> ((SplitDriverQueue) ring).writeAvailIndex(SIZE + 2)),
                new Attack(
                        "the index goes back",
                        false,
                        "jumped",
                        (_, ring) -> ((SplitDriverQueue) ring).writeAvailIndex(0)),
                new Attack("a head beyond the table", false, "beyond the table", (_, ring) -> {
                    ((SplitDriverQueue) ring).writeAvailEntry(1, SIZE);
                    ((SplitDriverQueue) ring).writeAvailIndex(2);
                }),
                chain("a next beyond the table", false, "beyond the table", d(BUFFER, 8, NEXT, SIZE)),
                chain("a descriptor that follows itself", false, "longer than the queue", d(BUFFER, 8, NEXT, 0)),
                chain("a loop of two", false, "longer than the queue", d(BUFFER, 8, NEXT, 1), d(BUFFER, 8, NEXT, 0)),
                new Attack("an endless loop in a table", false, "", (guest, ring) -> {
                    MemorySegment table = guest.memory().segment(TABLE, 16);
                    table.set(RingLayout.LONG, 0, BUFFER);
                    table.set(RingLayout.LONG, 8, 8L | (long) NEXT << 32);
                    offer(ring, 1, d(TABLE, 16, INDIRECT, 0));
                }));
    }

    private static Stream<Attack> packedAttacks() {
        Descriptor[] endless = new Descriptor[SIZE - 1];
        Arrays.fill(endless, d(BUFFER, 8, NEXT, 1));
        return Stream.of(
                chain("an id beyond the ring", true, "beyond the ring", d(BUFFER, 8, 0, SIZE)),
                chain("an id of 65535", true, "beyond the ring", d(BUFFER, 8, 0, 65535)),
                new Attack("a chain over the whole ring", true, "", (_, ring) -> {
                    offer(ring, 1, endless);
                    ring.writeDescriptor(0, BUFFER, 8, NEXT | RingLayout.FLAG_USED, 1);
                }));
    }

    /** Makes a chain available in a ring where one request has gone through. */
    private static void offer(DriverQueue ring, int at, Descriptor... descriptors) {
        for (int i = descriptors.length - 1; i >= 0; i--) {
            Descriptor descriptor = descriptors[i];
            switch (ring) {
                case SplitDriverQueue _ ->
                    ring.writeDescriptor(
                            i, descriptor.address(), descriptor.length(), descriptor.flags(), descriptor.nextOrId());
                case PackedDriverQueue _ ->
                    ring.writeDescriptor(
                            at + i,
                            descriptor.address(),
                            descriptor.length(),
                            descriptor.flags() | RingLayout.FLAG_AVAIL,
                            descriptor.nextOrId());
                default -> throw new IllegalArgumentException();
            }
        }
        if (ring instanceof SplitDriverQueue split) {
            split.writeAvailEntry(at, 0);
            split.writeAvailIndex(at + 1);
        }
    }

    @ParameterizedTest
    @MethodSource("attacks")
    void shouldStopOneQueueWhenItsRingIsBroken(Attack attack) {
        try (GuestRig guest = stage.guest(GuestRig.Shape.packed(attack.packed()).withQueues(2))) {
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
            long before = stage.status().violations();
            attack.deed().accept(guest, guest.queue(0).ring());
            EventFd.signal(guest.queue(0).fds().kick());
            stage.expectViolation(before, "queue 0 stopped", attack.reason());
            expectBroken();
            GuestRig.await(
                    "the error eventfd",
                    () -> EventFd.drain(guest.queue(0).fds().err()));
            EventFd.signal(guest.queue(0).fds().kick());
            assertThat(guest.queue(1).roundTrip(HELLO, 5)).isEqualTo(HELLO);
            stage.expectNeighbourUnharmed();
            assertThat(EventFd.drain(guest.queue(0).fds().err())).isFalse();
            assertThat(stage.status().violations()).isEqualTo(before + 1);
            guest.recover(0);
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldStopTheQueueWhenTheDeviceFindsItsRingBrokenOutsideOfAKick(boolean packed) {
        CompletableFuture<QueueContext> held = new CompletableFuture<>();
        stage.victim().handling = (queue, chain) -> {
            CopyFactory.copy(queue, chain);
            queue.hold();
            held.complete(queue);
        };
        try (GuestRig guest = stage.guest(GuestRig.Shape.packed(packed).withQueues(2))) {
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
            long before = stage.status().violations();
            offer(guest.queue(0).ring(), 1, d(0x100, 16, 0, 0));
            QueueContext queue = held.orTimeout(10, TimeUnit.SECONDS).join();
            CompletableFuture<Long> found = new CompletableFuture<>();
            queue.loop()
                    .execute(() -> found.complete(Stream.generate(queue::take)
                            .limit(2)
                            .filter(Objects::nonNull)
                            .count()));
            assertThat(found.orTimeout(10, TimeUnit.SECONDS).join()).isZero();
            stage.expectViolation(before, "queue 0 stopped");
            expectBroken();
            assertThat(stage.status().violations()).isEqualTo(before + 1);
            stage.victim().handling = CopyFactory::copy;
            guest.recover(0);
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    @Test
    void shouldRestartTheQueueWhenATaskOfItsHandlerThrows() {
        CompletableFuture<QueueContext> known = new CompletableFuture<>();
        stage.victim().handling = (queue, chain) -> {
            CopyFactory.copy(queue, chain);
            known.complete(queue);
        };
        try (GuestRig guest = stage.guest(GuestRig.Shape.split())) {
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
            QueueContext queue = known.orTimeout(10, TimeUnit.SECONDS).join();
            queue.loop().execute(() -> {
                throw new IllegalStateException("a bug on purpose");
            });
            GuestRig.await(
                    "the queue's restart",
                    () -> stage.status().queues().getFirst().restarts() == 1);
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    @Test
    void shouldRestartTheQueueWhenTheDeviceGivesAChainBackTwiceOutsideOfAKick() {
        CompletableFuture<Runnable> again = new CompletableFuture<>();
        stage.victim().handling = (queue, chain) -> {
            CopyFactory.copy(queue, chain);
            again.complete(() -> queue.loop().execute(() -> queue.complete(chain, 0)));
        };
        try (GuestRig guest = stage.guest(GuestRig.Shape.split())) {
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
            stage.victim().handling = CopyFactory::copy;
            long before = stage.status().queues().getFirst().restarts();
            again.orTimeout(10, TimeUnit.SECONDS).join().run();
            GuestRig.await(
                    "the queue's restart",
                    () -> stage.status().queues().getFirst().restarts() > before);
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    private void expectBroken() {
        GuestRig.await(
                "the queue to be broken",
                () -> stage.status().queues().getFirst().state().equals("broken"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldStopTheQueueWhenARequestIsMadeAvailableTwice(boolean packed) {
        stage.victim().handling = (_, _) -> {};
        try (GuestRig guest = stage.guest(GuestRig.Shape.packed(packed))) {
            long before = stage.status().violations();
            offer(guest.queue(0).ring(), 0, d(BUFFER, 8, 0, 0));
            offer(guest.queue(0).ring(), 1, d(BUFFER, 8, 0, 0));
            EventFd.signal(guest.queue(0).fds().kick());
            stage.expectViolation(before, "made available twice");
            expectBroken();
            stage.victim().handling = CopyFactory::copy;
            guest.recover(0);
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldSurviveWhenBuffersAreTheRingItself(boolean packed) {
        try (GuestRig guest = stage.guest(GuestRig.Shape.packed(packed).withQueues(2))) {
            long start = guest.memory().regions().getFirst().guestAddress();
            guest.memory().segment(BUFFER, 4096).fill((byte) 0xa5);
            offer(guest.queue(1).ring(), 0, d(BUFFER, 4096, NEXT, 1), d(start, 4096, WRITE, 1));
            EventFd.signal(guest.queue(1).fds().kick());
            GuestRig.await(
                    "the first ring to be overwritten",
                    () -> guest.memory().segment(start, 1).get(RingLayout.BYTE, 0) == (byte) 0xa5);
            EventFd.signal(guest.queue(0).fds().kick());
            EventFd.signal(guest.queue(1).fds().kick());
            stage.expectNeighbourUnharmed();
            guest.recover(0);
            guest.recover(1);
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
            assertThat(guest.queue(1).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    @ParameterizedTest
    @CsvSource({"false, 1", "false, 2", "false, 3", "true, 1", "true, 2", "true, 3"})
    void shouldAffectTheQueueAloneWhenTheGuestScribblesIntoItsRing(boolean packed, int seed) {
        try (GuestRig guest = stage.guest(GuestRig.Shape.packed(packed).withQueues(2))) {
            SplittableRandom random = new SplittableRandom(seed);
            DriverQueue ring = guest.queue(0).ring();
            List<MemorySegment> areas = List.of(ring.descriptorArea(), ring.driverArea(), ring.deviceArea());
            for (int i = 0; i < SCRIBBLED_REQUESTS; i++) {
                MemorySegment area = areas.get(random.nextInt(areas.size()));
                area.set(RingLayout.BYTE, random.nextLong(area.byteSize()), (byte) random.nextInt());
                EventFd.signal(guest.queue(0).fds().kick());
            }
            assertThat(guest.queue(1).roundTrip(HELLO, 5)).isEqualTo(HELLO);
            guest.recover(0);
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
            assertThat(stage.status().restarts()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldServeTheNeighbourWhenAGuestKicksWithoutEnd(boolean packed) {
        try (GuestRig guest = stage.guest(GuestRig.Shape.packed(packed))) {
            Thread storm = Thread.ofPlatform().start(() -> kick(guest));
            for (int i = 0; i < 500; i++) {
                stage.expectNeighbourUnharmed();
            }
            storm.interrupt();
            GuestRig.await("the storm to end", () -> !storm.isAlive());
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    private static void kick(GuestRig guest) {
        for (int i = 0; i < EMPTY_KICKS && !Thread.currentThread().isInterrupted(); i++) {
            EventFd.signal(guest.queue(0).fds().kick());
        }
    }

    @ParameterizedTest
    @CsvSource({"false, 1", "true, 1", "false, 32768", "true, 32768", "true, 3"})
    void shouldServeRequestsWhenTheRingIsAsSmallOrLargeAsCanBe(boolean packed, int size) {
        try (GuestRig guest = stage.guest(new GuestRig.Shape(packed, 1, size, 0))) {
            for (int i = 0; i < 70; i++) {
                assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldServeRequestsWhenTheEventFieldsHoldAnything(boolean packed) {
        try (GuestRig guest = stage.guest(GuestRig.Shape.packed(packed))) {
            MemorySegment driver = guest.queue(0).ring().driverArea();
            for (int event : new int[] {0, 1, 0x7fff, 0x8000, 0xffff, 63, 64}) {
                driver.set(RingLayout.SHORT, packed ? 0 : driver.byteSize() - 2, (short) event);
                driver.set(RingLayout.SHORT, packed ? 2 : 0, (short) (packed ? 0xfffe : 0xffff));
                assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
            }
        }
    }

    @Test
    void shouldReportABrokenRingByMessageWhenThereIsNoErrorEventfd() throws InterruptedException {
        EnumSet<ProtocolFeature> features =
                EnumSet.copyOf(FrontEndWishes.usual().protocolFeatures());
        features.add(ProtocolFeature.INBAND_NOTIFICATIONS);
        try (GuestRig guest = GuestRig.connect(
                stage.socket(), GuestRig.Shape.split(), FrontEndWishes.usual().withProtocolFeatures(features))) {
            guest.frontEnd().wire().ask(new FrontEndMessage.SetVringErr(0, PassedFds.none()));
            offer(guest.queue(0).ring(), 1, d(0x100, 16, 0, 0));
            guest.frontEnd().wire().ask(new FrontEndMessage.VringKick(0));
            assertThat(guest.frontEnd().backChannel().await(5_000)).isEqualTo(new BackEndMessage.VringErr(0));
        }
    }
}
