package dev.troupe.transport.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.transport.sys.Errno;
import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.Fd;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class IoUringLoopTest extends EventLoopContract {
    @Override
    EventLoopConfig config() {
        return new EventLoopConfig(EventLoopConfig.Choice.IO_URING, 64, 4);
    }

    @Test
    void shouldGoOnWatchingAnEventFdWhenThePollFailedForWantOfMemory() {
        CountDownLatch told = new CountDownLatch(2);
        AtomicInteger hungUp = new AtomicInteger();
        try (Fd kick = EventFd.create()) {
            LoopProbe.run(loop, () -> {
                RingWatch watch = (RingWatch) loop.watch(kick, new Watch.Listener() {
                    @Override
                    public void ready() {
                        told.countDown();
                    }

                    @Override
                    public void hungUp() {
                        hungUp.incrementAndGet();
                    }
                });
                watch.completed(-Errno.ENOMEM, false);
            });
            EventFd.signal(kick);
            LoopProbe.await(told);
            assertThat(hungUp).hasValue(0);
            loop.close();
        }
    }
}
