package dev.troupe.transport.loop;

import dev.troupe.transport.sys.Errno;
import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.Fd;
import java.util.LinkedHashSet;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Signals eventfds whose front end made them blocking, where there is no io_uring: a write to a saturated one would hold up
 * the loop. Started when first needed; one signal of each descriptor waits at most.
 */
final class SignalThread {
    private final String name;
    private final AtomicLong failures;
    private final Object lock = new Object();
    private final LinkedHashSet<Fd> wanted = new LinkedHashSet<>();
    private @Nullable Thread thread;
    private @Nullable Fd current;
    private boolean closed;

    SignalThread(String name, AtomicLong failures) {
        this.name = name;
        this.failures = failures;
    }

    /** Signals it soon. */
    void signal(Fd eventFd) {
        synchronized (lock) {
            wanted.add(eventFd);
            if (thread == null) {
                thread = Thread.ofPlatform()
                        .name("troupe-signal-" + name)
                        .daemon()
                        .unstarted(this::work);
                thread.start();
            }
            lock.notify();
        }
    }

    private void work() {
        Fd eventFd = next();
        while (eventFd != null) {
            // One that is saturated is as good as signalled. A front end that saturates it right now holds up this
            // thread
            // until the loop's end, and with it others of its kind: the price of a kernel without io_uring.
            int errno = EventFd.hasRoom(eventFd) ? EventFd.trySignal(eventFd) : 0;
            if (errno != 0 && errno != Errno.EAGAIN) {
                failures.incrementAndGet();
            }
            eventFd = next();
        }
    }

    private @Nullable Fd next() {
        synchronized (lock) {
            current = null;
            while (wanted.isEmpty() && !closed) {
                try {
                    lock.wait();
                } catch (InterruptedException e) {
                    // Nobody interrupts this thread on purpose; its closing ends it.
                }
            }
            current = closed || wanted.isEmpty() ? null : wanted.removeFirst();
            return current;
        }
    }

    /** Ends the thread and waits for it; a write that blocks is helped out by emptying the counter it waits for. */
    void close() {
        Thread ending;
        Fd stuck;
        synchronized (lock) {
            closed = true;
            lock.notifyAll();
            ending = thread;
            stuck = current;
        }
        if (ending != null) {
            while (stuck != null && ending.isAlive()) {
                EventFd.drain(stuck);
                Thread.onSpinWait();
            }
            Threads.join(ending);
        }
    }
}
