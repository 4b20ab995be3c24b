package dev.troupe.transport.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.StreamSocket;
import dev.troupe.transport.testing.LeakCheck;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What every back end of a loop does for tasks, timers and watches. */
@ExtendWith(LeakCheck.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class EventLoopContract {
    EventLoop loop;

    /** The back end under test. */
    abstract EventLoopConfig config();

    @BeforeEach
    void start() {
        loop = EventLoop.start("test", config());
    }

    @AfterEach
    void stop() {
        loop.close();
    }

    @Test
    void shouldRunTasksInOrderOnItsThreadWhenHandedInFromAnother() {
        List<Integer> seen = new ArrayList<>();
        IntStream.range(0, 10_000).forEach(i -> loop.execute(() -> seen.add(i)));
        boolean inLoop = LoopProbe.on(loop, loop::inLoop);
        assertThat(inLoop).isTrue();
        assertThat(loop.inLoop()).isFalse();
        assertThat(seen).hasSize(10_000).isSorted();
    }

    @Test
    void shouldLoseNoTaskWhenManyThreadsHandThemIn() throws Exception {
        int[] count = new int[1];
        CountDownLatch all = new CountDownLatch(40_000);
        List<Thread> senders = IntStream.range(0, 4)
                .mapToObj(t -> Thread.ofPlatform()
                        .start(() -> IntStream.range(0, 10_000)
                                .forEach(i -> loop.execute(() -> {
                                    count[0]++;
                                    all.countDown();
                                }))))
                .toList();
        for (Thread sender : senders) {
            sender.join();
        }
        LoopProbe.await(all);
        assertThat(LoopProbe.on(loop, () -> count[0])).isEqualTo(40_000);
    }

    @Test
    void shouldGoOnWhenATaskThrowsAnError() {
        loop.execute(() -> {
            throw new InternalError("as a truncated mapping does");
        });
        assertThat(LoopProbe.on(loop, () -> 7)).isEqualTo(7);
    }

    @Test
    void shouldGoOnWhenATaskThrowsWhatCannotBeLogged() {
        loop.execute(() -> {
            throw new Unspeakable();
        });
        // A loop that ends still runs what it had been handed in, but nothing after that.
        LoopProbe.run(loop, () -> {});
        assertThat(LoopProbe.on(loop, () -> 7)).isEqualTo(7);
    }

    /** Telling what it is fails with itself. */
    private static final class Unspeakable extends RuntimeException {
        @Override
        public String getMessage() {
            throw this;
        }
    }

    @Test
    void shouldLetOthersInWhenATaskHandsItselfInForEver() {
        CompletableFuture<Boolean> stop = new CompletableFuture<>();
        loop.execute(new Runnable() {
            @Override
            public void run() {
                if (!stop.isDone()) {
                    loop.execute(this);
                }
            }
        });
        CompletableFuture<Boolean> timer = new CompletableFuture<>();
        LoopProbe.run(loop, () -> loop.schedule(1_000, () -> timer.complete(true)));
        assertThat(LoopProbe.await(timer)).isTrue();
        stop.complete(true);
    }

    @Test
    void shouldRefuseEverythingButTasksWhenCalledFromAnotherThread() {
        try (Fd fd = EventFd.create()) {
            assertThatThrownBy(() -> loop.schedule(1, () -> {})).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> loop.watch(fd, () -> {})).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> loop.signal(fd)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> loop.openScope("x", e -> {})).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void shouldRunQueuedTasksThenRefuseNewOnesWhenClosed() {
        AtomicInteger ran = new AtomicInteger();
        IntStream.range(0, 1_000).forEach(i -> loop.execute(ran::incrementAndGet));
        loop.close();
        assertThat(ran).hasValue(1_000);
        assertThatThrownBy(() -> loop.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);
        loop.close();
    }

    @Test
    void shouldEndWhenItClosesItself() {
        LoopProbe.run(loop, loop::close);
        loop.close();
        assertThatThrownBy(() -> loop.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);
    }

    @Test
    void shouldRunTimersByTimeAndEqualOnesInOrderButNotCancelledOnes() {
        List<String> seen = new ArrayList<>();
        CompletableFuture<Boolean> last = new CompletableFuture<>();
        LoopProbe.run(loop, () -> {
            loop.schedule(30_000_000, () -> last.complete(true));
            loop.schedule(20_000_000, () -> seen.add("c"));
            Timer cancelled = loop.schedule(10_000_000, () -> seen.add("x"));
            loop.schedule(10_000_000, () -> seen.add("b"));
            loop.schedule(0, () -> seen.add("a"));
            cancelled.cancel();
            cancelled.cancel();
        });
        LoopProbe.await(last);
        assertThat(seen).containsExactly("a", "b", "c");
    }

    @Test
    void shouldRunATimerThatIsDueBeforeOneThatIsForEver() {
        CountDownLatch ran = new CountDownLatch(1);
        LoopProbe.run(loop, () -> {
            long set = System.nanoTime();
            loop.schedule(0, ran::countDown);
            while (System.nanoTime() == set) {
                Thread.onSpinWait();
            }
            loop.schedule(Long.MAX_VALUE, () -> {});
        });
        LoopProbe.await(ran);
    }

    @Test
    void shouldNotRunATimerEarly() {
        CompletableFuture<Long> ran = new CompletableFuture<>();
        long begin = System.nanoTime();
        LoopProbe.run(loop, () -> loop.schedule(50_000_000, () -> ran.complete(System.nanoTime())));
        assertThat(LoopProbe.await(ran) - begin).isGreaterThanOrEqualTo(50_000_000L);
    }

    @Test
    void shouldUseNoProcessorTimeWhenThereIsNothingToDo() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        CompletableFuture<Long> used = new CompletableFuture<>();
        LoopProbe.run(loop, () -> {
            // Once to warm up, then measured.
            loop.schedule(1_000_000, () -> {
                long before = threads.getCurrentThreadCpuTime();
                loop.schedule(300_000_000, () -> used.complete(threads.getCurrentThreadCpuTime() - before));
            });
        });
        assertThat(LoopProbe.await(used)).isLessThan(30_000_000L);
    }

    @Test
    void shouldTellAListenerWhenReadyBeforeItWatched() {
        try (Fd fd = EventFd.create()) {
            EventFd.signal(fd);
            CountDownLatch told = new CountDownLatch(1);
            Watch watch = LoopProbe.on(loop, () -> loop.watch(fd, told::countDown));
            LoopProbe.await(told);
            LoopProbe.run(loop, watch::cancel);
        }
    }

    @Test
    void shouldTellAListenerOfEverySignalThoughNobodyReadsTheCounter() {
        try (Fd fd = EventFd.create();
                Fd driver = fd.duplicate()) {
            int rounds = 5_000;
            CountDownLatch told = new CountDownLatch(rounds);
            Watch watch = LoopProbe.on(
                    loop,
                    () -> loop.watch(fd, () -> {
                        told.countDown();
                        EventFd.signal(driver);
                    }));
            EventFd.signal(driver);
            LoopProbe.await(told);
            LoopProbe.run(loop, watch::cancel);
        }
    }

    @Test
    void shouldNotTellAListenerAnythingWhenNothingHappened() {
        try (Fd fd = EventFd.create()) {
            AtomicInteger told = new AtomicInteger();
            Watch watch = LoopProbe.on(loop, () -> loop.watch(fd, told::incrementAndGet));
            LoopProbe.run(loop, () -> {});
            LoopProbe.run(loop, watch::cancel);
            assertThat(told).hasValue(0);
        }
    }

    @Test
    void shouldTellNothingAndEmptyTheCounterOnceCancelled() {
        try (Fd fd = EventFd.create()) {
            AtomicInteger told = new AtomicInteger();
            LoopProbe.run(loop, () -> {
                Watch watch = loop.watch(fd, told::incrementAndGet);
                EventFd.signal(fd);
                watch.cancel();
                watch.cancel();
            });
            EventFd.signal(fd);
            assertThat(LoopProbe.on(loop, () -> EventFd.drain(fd))).isTrue();
            CountDownLatch again = new CountDownLatch(1);
            Watch second = LoopProbe.on(loop, () -> loop.watch(fd, again::countDown));
            EventFd.signal(fd);
            LoopProbe.await(again);
            LoopProbe.run(loop, second::cancel);
            assertThat(told).hasValue(0);
            assertThat(EventFd.drain(fd)).isFalse();
        }
    }

    @Test
    void shouldNotTellAListenerThatCancelledItselfWhileBeingTold() {
        try (Fd fd = EventFd.create()) {
            AtomicInteger told = new AtomicInteger();
            CountDownLatch first = new CountDownLatch(1);
            Watch[] watch = new Watch[1];
            LoopProbe.run(loop, () -> {
                watch[0] = loop.watch(fd, () -> {
                    told.incrementAndGet();
                    watch[0].cancel();
                    first.countDown();
                });
            });
            EventFd.signal(fd);
            LoopProbe.await(first);
            EventFd.signal(fd);
            LoopProbe.run(loop, () -> {});
            LoopProbe.run(loop, () -> {});
            assertThat(told).hasValue(1);
        }
    }

    @Test
    void shouldGoOnTellingWhenAListenerThrows() {
        try (Fd fd = EventFd.create()) {
            CountDownLatch told = new CountDownLatch(2);
            Watch watch = LoopProbe.on(
                    loop,
                    () -> loop.watch(fd, () -> {
                        told.countDown();
                        if (told.getCount() > 0) {
                            EventFd.signal(fd);
                            throw new IllegalStateException("on purpose");
                        }
                    }));
            EventFd.signal(fd);
            LoopProbe.await(told);
            LoopProbe.run(loop, watch::cancel);
        }
    }

    @Test
    void shouldWatchThousandsAtOnce() {
        List<Fd> fds = IntStream.range(0, 3_000).mapToObj(i -> EventFd.create()).toList();
        CountDownLatch told = new CountDownLatch(fds.size());
        LoopProbe.run(loop, () -> fds.forEach(fd -> loop.watch(fd, told::countDown)));
        fds.forEach(EventFd::signal);
        LoopProbe.await(told);
        loop.close();
        fds.forEach(Fd::close);
    }

    @Test
    void shouldLeaveNothingOpenWhenClosedWithWatchesAndTimers() {
        LeakCheck.Snapshot before = LeakCheck.snapshot();
        EventLoop other = EventLoop.start("other", config());
        try (Fd fd = EventFd.create()) {
            LoopProbe.run(other, () -> {
                other.watch(fd, () -> {});
                other.schedule(60_000_000_000L, () -> {});
            });
            other.close();
        }
        assertThat(LeakCheck.leakedSince(before)).isEmpty();
    }

    @Test
    void shouldAskABusyPollerUntilItIsTakenOut() {
        CountDownLatch asked = new CountDownLatch(3);
        BusyPoll poller = () -> {
            asked.countDown();
            return true;
        };
        LoopProbe.run(loop, () -> loop.setBusyPoll(poller, 50_000));
        LoopProbe.await(asked);
        LoopProbe.run(loop, () -> loop.setBusyPoll(poller, 0));
    }

    @Test
    void shouldAskABusyPollerWhileOthersKeepItBusy() {
        CountDownLatch asked = new CountDownLatch(100);
        BusyPoll poller = () -> {
            asked.countDown();
            return false;
        };
        Runnable[] busy = new Runnable[1];
        busy[0] = () -> {
            if (asked.getCount() > 0) {
                loop.execute(busy[0]);
            }
        };
        LoopProbe.run(loop, () -> {
            loop.setBusyPoll(poller, 1);
            busy[0].run();
        });
        LoopProbe.await(asked);
        LoopProbe.run(loop, () -> loop.setBusyPoll(poller, 0));
    }

    @Test
    void shouldNotSleepWhenABusyPollerHandsWorkInAtTheLastMoment() {
        CountDownLatch done = new CountDownLatch(100);
        BusyPoll poller = new BusyPoll() {
            @Override
            public boolean poll() {
                return false;
            }

            @Override
            public void aboutToSleep() {
                loop.execute(done::countDown);
            }
        };
        LoopProbe.run(loop, () -> loop.setBusyPoll(poller, 1));
        LoopProbe.await(done);
        LoopProbe.run(loop, () -> loop.setBusyPoll(poller, 0));
    }

    @Test
    void shouldAskWhoStaysAwakeUntilItSleepsAndThenNoMore() {
        CountDownLatch asleep = new CountDownLatch(1);
        AtomicInteger asked = new AtomicInteger();
        BusyPoll poller = new BusyPoll() {
            @Override
            public boolean poll() {
                if (asked.incrementAndGet() < 100) {
                    loop.execute(() -> {});
                }
                return false;
            }

            @Override
            public void aboutToSleep() {
                asleep.countDown();
            }
        };
        LoopProbe.run(loop, () -> loop.stayAwake(poller));
        LoopProbe.await(asleep);
        int untilItSlept = asked.get();
        LoopProbe.run(loop, () -> {});
        LoopProbe.run(loop, () -> {});
        assertThat(untilItSlept).isGreaterThanOrEqualTo(100);
        assertThat(asked).hasValue(untilItSlept);
    }

    @Test
    void shouldNotSleepWhenWhoStayedAwakeHandsWorkInAtTheLastMoment() {
        CountDownLatch done = new CountDownLatch(100);
        BusyPoll poller = new BusyPoll() {
            @Override
            public boolean poll() {
                return false;
            }

            @Override
            public void aboutToSleep() {
                loop.execute(() -> {
                    done.countDown();
                    loop.stayAwake(this);
                });
            }
        };
        LoopProbe.run(loop, () -> loop.stayAwake(poller));
        LoopProbe.await(done);
    }

    @Test
    void shouldSeeReadinessWhileABusyPollerIsAsked() {
        BusyPoll poller = () -> false;
        CountDownLatch ready = new CountDownLatch(1);
        try (Fd kick = EventFd.create()) {
            Watch[] watch = new Watch[1];
            LoopProbe.run(loop, () -> {
                watch[0] = loop.watch(kick, ready::countDown);
                loop.setBusyPoll(poller, TimeUnit.HOURS.toNanos(1));
            });
            EventFd.signal(kick);
            LoopProbe.await(ready);
            LoopProbe.run(loop, () -> {
                loop.setBusyPoll(poller, 0);
                watch[0].cancel();
            });
        }
    }

    @Test
    void shouldTellOnceThatAStreamIsWritableWheneverAsked() {
        List<StreamSocket> pair = StreamSocket.pair(StreamSocket.Kind.STREAM);
        try (StreamSocket one = pair.getFirst();
                StreamSocket other = pair.getLast();
                Arena arena = Arena.ofShared()) {
            MemorySegment bytes = arena.allocate(1 << 16);
            AtomicInteger told = new AtomicInteger();
            CompletableFuture<Boolean> first = new CompletableFuture<>();
            Watch watch = LoopProbe.on(loop, () -> loop.watchStream(one.fd(), writable(told, first)));
            LoopProbe.run(loop, () -> {
                while (one.send(bytes) > 0) {
                    // Until the peer's side is full.
                }
                watch.awaitWritable();
                watch.awaitWritable();
            });
            LoopProbe.run(loop, () -> {});
            assertThat(told).hasValue(0);
            while (other.receive(bytes) > 0) {
                // Until there is room again.
            }
            LoopProbe.await(first);
            LoopProbe.run(loop, () -> {});
            assertThat(told).hasValue(1);
            LoopProbe.run(loop, watch::cancel);
        }
    }

    private static Watch.Listener writable(AtomicInteger told, CompletableFuture<Boolean> first) {
        return new Watch.Listener() {
            @Override
            public void ready() {}

            @Override
            public void writable() {
                told.incrementAndGet();
                first.complete(true);
            }
        };
    }

    @Test
    void shouldTellNothingOfWritabilityOnceCancelled() {
        List<StreamSocket> pair = StreamSocket.pair(StreamSocket.Kind.STREAM);
        try (StreamSocket one = pair.getFirst();
                StreamSocket other = pair.getLast()) {
            AtomicInteger told = new AtomicInteger();
            LoopProbe.run(loop, () -> {
                Watch watch = loop.watchStream(one.fd(), writable(told, new CompletableFuture<>()));
                watch.awaitWritable();
                watch.cancel();
                watch.awaitWritable();
            });
            LoopProbe.run(loop, () -> {});
            LoopProbe.run(loop, () -> {});
            assertThat(told).hasValue(0);
            assertThat(other.isOver()).isFalse();
        }
    }

    @Test
    void shouldGoOnTellingOfAStreamWhenOnlyThePeersDirectionHasEnded() {
        List<StreamSocket> pair = StreamSocket.pair(StreamSocket.Kind.STREAM);
        try (StreamSocket one = pair.getFirst();
                StreamSocket other = pair.getLast()) {
            CountDownLatch ended = new CountDownLatch(1);
            CountDownLatch writable = new CountDownLatch(1);
            CountDownLatch over = new CountDownLatch(1);
            Watch watch = LoopProbe.on(
                    loop,
                    () -> loop.watchStream(one.fd(), new Watch.Listener() {
                        @Override
                        public void ready() {
                            if (one.isEnded()) {
                                ended.countDown();
                            }
                        }

                        @Override
                        public void writable() {
                            writable.countDown();
                        }

                        @Override
                        public void hungUp() {
                            over.countDown();
                        }
                    }));
            other.endSending();
            LoopProbe.await(ended);
            assertThat(over.getCount()).isEqualTo(1);
            LoopProbe.run(loop, watch::awaitWritable);
            LoopProbe.await(writable);
            other.close();
            LoopProbe.await(over);
            LoopProbe.run(loop, watch::cancel);
        }
    }
}
