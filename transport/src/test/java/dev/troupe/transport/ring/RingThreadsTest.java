package dev.troupe.transport.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.transport.frontend.BufferList;
import dev.troupe.transport.frontend.DriverQueue;
import java.lang.management.ManagementFactory;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Driver and device on two threads that sleep and wake each other, and what a request costs in memory. */
class RingThreadsTest {

    private static final int REQUESTS = 200_000;

    static Stream<RingFeatures> features() {
        return IntStream.range(0, 8)
                .mapToObj(bits -> new RingFeatures((bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, false));
    }

    @ParameterizedTest
    @MethodSource("features")
    @Timeout(120)
    void shouldLoseNoRequestAndNoWakeUpWhenBothEndsSleep(RingFeatures features) throws Exception {
        try (RingFixture rings = RingFixture.logged(16, features)) {
            Semaphore kick = new Semaphore(0);
            Semaphore call = new Semaphore(0);
            CompletableFuture<Long> device = CompletableFuture.supplyAsync(() -> serve(rings, kick, call));
            long sum = drive(rings, kick, call);
            assertThat(device.get(60, TimeUnit.SECONDS)).isEqualTo(sum).isEqualTo((long) REQUESTS * (REQUESTS - 1) / 2);
        }
    }

    private static long serve(RingFixture rings, Semaphore kick, Semaphore call) {
        long sum = 0;
        int served = 0;
        while (served < REQUESTS) {
            rings.device.disableKicks();
            for (DescriptorChain chain = rings.device.next(); chain != null; chain = rings.device.next()) {
                long value = chain.readable().getLong();
                sum += value;
                chain.writable().putLong(value + 1);
                rings.device.complete(chain, 8);
                served++;
                if (served % 5 == 0 && rings.device.publish()) {
                    call.release();
                }
            }
            if (rings.device.publish()) {
                call.release();
            }
            if (!rings.device.enableKicks() && served < REQUESTS) {
                await(kick);
            }
        }
        return sum;
    }

    private static long drive(RingFixture rings, Semaphore kick, Semaphore call) {
        DriverQueue driver = rings.driver;
        BufferList buffers = new BufferList();
        long sum = 0;
        int sent = 0;
        int returned = 0;
        while (returned < REQUESTS) {
            driver.disableCalls();
            while (sent < REQUESTS && driver.add(place(rings, buffers, sent), sent)) {
                sent++;
            }
            if (driver.publish()) {
                kick.release();
            }
            while (driver.poll()) {
                assertThat(rings.file.segment(slot(driver.token()) + 8, 8).get(RingLayout.LONG, 0))
                        .isEqualTo(driver.token() + 1);
                sum += driver.token();
                returned++;
            }
            boolean room = sent < REQUESTS && driver.outstanding() < 4;
            if (!driver.enableCalls() && !room && returned < REQUESTS) {
                await(call);
            }
        }
        return sum;
    }

    private static BufferList place(RingFixture rings, BufferList buffers, int token) {
        rings.file.segment(slot(token), 8).set(RingLayout.LONG, 0, token);
        return buffers.clear().readable(slot(token), 8).writable(slot(token) + 8, 8);
    }

    private static long slot(long token) {
        return RingFixture.SECOND + 0x10_0000 + (token % 64) * 16;
    }

    private static void await(Semaphore semaphore) {
        boolean woken;
        try {
            woken = semaphore.tryAcquire(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        assertThat(woken).as("a wake-up was lost").isTrue();
        semaphore.drainPermits();
    }

    @ParameterizedTest
    @MethodSource("features")
    void shouldAllocateNothingForARequestWhenWarm(RingFeatures features) {
        try (RingFixture rings = RingFixture.logged(64, features)) {
            BufferList buffers = new BufferList().readable(slot(1), 8).writable(slot(2), 8);
            turns(rings, buffers, 20_000);
            var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
            long before = threads.getCurrentThreadAllocatedBytes();
            turns(rings, buffers, 20_000);
            long bytes = threads.getCurrentThreadAllocatedBytes() - before;
            assertThat(bytes / 20_000.0).as("bytes a request").isLessThan(1.0);
        }
    }

    private static void turns(RingFixture rings, BufferList buffers, int requests) {
        for (int i = 0; i < requests; i++) {
            rings.driver.add(buffers, i);
            rings.driver.publish();
            DescriptorChain chain = rings.take();
            chain.writable().putLong(chain.readable().getLong());
            rings.device.complete(chain, 8);
            rings.device.publish();
            rings.driver.poll();
        }
    }
}
