package dev.troupe.transport.loop;

import dev.troupe.transport.sys.Epoll;
import dev.troupe.transport.sys.Errno;
import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.IoUring;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/** Readiness through epoll; file operations and signals that could block on threads of their own. */
final class EpollEngine implements Engine {
    private static final int EVENTS_AT_ONCE = 256;
    private static final int READABLE = Epoll.EPOLLIN | Epoll.EPOLLRDHUP;
    private static final int OVER = Epoll.EPOLLERR | Epoll.EPOLLHUP;
    private static final int GONE = OVER | Epoll.EPOLLRDHUP;

    private final Epoll epoll;
    private final Fd wake = EventFd.create();
    private final LoopThread loop;
    private final SlotTable slots = new SlotTable();
    private final Set<EpollWatch> watches = new HashSet<>();
    private final FilePool files;
    private final SignalThread blockingSignals;
    private final AtomicLong failedSignals = new AtomicLong();
    private final EpollWatch wakeWatch;
    private int events;
    private int delivered;

    EpollEngine(LoopThread loop, int fileThreads) {
        this.loop = loop;
        files = new FilePool(loop.name(), fileThreads, loop::wakeIfSleeping);
        blockingSignals = new SignalThread(loop.name(), failedSignals);
        try {
            epoll = Epoll.create(EVENTS_AT_ONCE);
        } catch (Throwable e) {
            wake.close();
            throw e;
        }
        wakeWatch = new EpollWatch(wake, false, () -> {});
        wakeWatch.begin();
    }

    @Override
    public Backend backend() {
        return Backend.EPOLL;
    }

    @Override
    public void start(Operation operation) {
        files.submit(operation);
    }

    @Override
    public Watch watch(Fd fd, boolean stream, Watch.Listener listener) {
        EpollWatch watch = new EpollWatch(fd, stream, listener);
        watch.begin();
        watches.add(watch);
        return watch;
    }

    @Override
    public void signal(Fd eventFd) {
        if (!eventFd.isOpen()) {
            failedSignals.incrementAndGet();
        } else if (EventFd.nonBlocking(eventFd)) {
            int errno = EventFd.trySignal(eventFd);
            if (errno != 0 && errno != Errno.EAGAIN) {
                failedSignals.incrementAndGet();
            }
        } else {
            blockingSignals.signal(eventFd);
        }
    }

    @Override
    public long failedSignals() {
        return failedSignals.get();
    }

    @Override
    public void await(long timeoutNanos) {
        if (delivered == events) {
            delivered = 0;
            events = 0;
            events = epoll.await(files.hasFinished() ? 0 : timeoutNanos);
        }
    }

    @Override
    public int deliver(int maximum) {
        int count = 0;
        for (; count < maximum && delivered < events; count++) {
            int index = delivered++;
            if (slots.find(epoll.data(index)) instanceof EpollWatch watch) {
                watch.completed(epoll.events(index), true);
            }
        }
        Operation operation = count < maximum ? files.takeFinished() : null;
        while (operation != null) {
            count++;
            operation.completed(operation.result, false);
            operation = count < maximum ? files.takeFinished() : null;
        }
        return count;
    }

    @Override
    public boolean lookForNews() {
        await(0);
        return hasNews();
    }

    @Override
    public boolean hasNews() {
        return delivered < events || files.hasFinished();
    }

    @Override
    public void wake() {
        EventFd.trySignal(wake);
    }

    @Override
    public void cancelAll() {
        new ArrayList<>(watches).forEach(EpollWatch::cancel);
    }

    @Override
    public boolean isQuiet() {
        return files.isQuiet();
    }

    @Override
    public void close() {
        files.close();
        blockingSignals.close();
        wakeWatch.cancel();
        epoll.close();
        wake.close();
    }

    private final class EpollWatch extends Slot implements Watch {
        private final Fd fd;
        private final boolean isEventFd;
        private final int end;
        private final Watch.Listener listener;
        private boolean wantsWritable;
        private boolean over;
        private boolean hungUp;

        EpollWatch(Fd fd, boolean stream, Watch.Listener listener) {
            this.fd = fd;
            this.isEventFd = !stream && EventFd.isEventFd(fd);
            // The error bit of an eventfd only says that its counter is full.
            this.end = isEventFd ? 0 : stream ? OVER : GONE;
            this.listener = listener;
        }

        void begin() {
            slots.add(this);
            try {
                epoll.add(fd, READABLE, userData);
            } catch (RuntimeException e) {
                slots.remove(this);
                throw e;
            }
        }

        @Override
        void prepare(IoUring ring) {
            throw new AssertionError("epoll has no ring");
        }

        @Override
        void completed(int happened, boolean more) {
            if (hungUp) {
                return;
            }
            hungUp = (happened & end) != 0;
            try {
                if (wantsWritable && (happened & (Epoll.EPOLLOUT | OVER)) != 0) {
                    wantsWritable = false;
                    epoll.change(fd, READABLE, userData);
                    listener.writable();
                }
                if (!over && (happened & ~Epoll.EPOLLOUT) != 0) {
                    listener.ready();
                }
                if (hungUp && !over) {
                    listener.hungUp();
                }
            } catch (Throwable e) {
                // Whatever it is: no failure of one owner may reach the loop that others run on.
                Failures.log(loop.name(), "a watch", e);
            }
        }

        @Override
        public void awaitWritable() {
            if (!wantsWritable && !over) {
                wantsWritable = true;
                epoll.change(fd, READABLE | Epoll.EPOLLOUT, userData);
            }
        }

        @Override
        public void cancel() {
            if (over) {
                return;
            }
            over = true;
            watches.remove(this);
            slots.remove(this);
            epoll.remove(fd);
            if (isEventFd) {
                EventFd.drain(fd);
            }
        }
    }
}
