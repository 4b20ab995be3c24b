package dev.troupe.transport.loop;

import dev.troupe.transport.sys.SysException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses and starts a loop's back end. */
final class LoopStart {
    private static final Logger LOG = LoggerFactory.getLogger(EventLoop.class);

    private LoopStart() {}

    /** Makes an engine on the loop's thread. */
    @FunctionalInterface
    interface EngineMaker {
        Engine make(LoopThread loop);
    }

    static EventLoop start(String name, EventLoopConfig config) {
        return start(name, config, loop -> new IoUringEngine(loop, config.ringEntries()));
    }

    /** With another way to make the preferred back end. */
    static EventLoop start(String name, EventLoopConfig config, EngineMaker ioUring) {
        if (config.choice() == EventLoopConfig.Choice.EPOLL) {
            return epoll(name, config, null);
        }
        try {
            return LoopThread.start(name, null, ioUring);
        } catch (SysException e) {
            if (config.choice() == EventLoopConfig.Choice.IO_URING) {
                throw e;
            }
            String reason =
                    "io_uring is not usable here (Linux 6.1 or newer is needed, and no filter that forbids it): "
                            + e.getMessage();
            LOG.warn("Loop {} runs on epoll: {}", name, reason);
            return epoll(name, config, reason);
        }
    }

    private static EventLoop epoll(String name, EventLoopConfig config, @Nullable String reason) {
        return LoopThread.start(name, reason, loop -> new EpollEngine(loop, config.fileThreads()));
    }
}
