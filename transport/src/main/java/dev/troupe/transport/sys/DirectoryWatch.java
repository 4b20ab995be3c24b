package dev.troupe.transport.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * Tells that something came into a directory, or that what is there got other permissions (inotify). Its descriptor becomes
 * readable then; what it was is not told, whoever waits looks for what he waits for. Any thread.
 */
public final class DirectoryWatch implements AutoCloseable {
    private static final int IN_NONBLOCK = 0x800;
    private static final int IN_CLOEXEC = 0x80000;
    private static final int IN_ATTRIB = 0x4;
    private static final int IN_MOVED_TO = 0x80;
    private static final int IN_CREATE = 0x100;
    private static final int BUFFER_BYTES = 4096;

    private final Fd fd;

    private DirectoryWatch(Fd fd) {
        this.fd = fd;
    }

    /**
     * Begins to watch.
     *
     * @throws SysException ENOENT if there is no such directory; ENOSPC if this user watches too much
     */
    public static DirectoryWatch of(Path directory) {
        Fd fd = Fd.own(LibC.check(LibC.inotify_init1(IN_NONBLOCK | IN_CLOEXEC), "inotify_init1", ""));
        int raw = fd.acquire();
        try (Arena arena = Arena.ofConfined()) {
            long path = LibC.cString(arena, directory.toString());
            LibC.check(
                    LibC.inotify_add_watch(raw, path, IN_CREATE | IN_MOVED_TO | IN_ATTRIB),
                    "inotify_add_watch",
                    directory);
            return new DirectoryWatch(fd);
        } catch (RuntimeException e) {
            fd.close();
            throw e;
        } finally {
            fd.release();
        }
    }

    /** What becomes readable when something changed; stays this object's. */
    public Fd fd() {
        return fd;
    }

    /**
     * Forgets what it has told, so that the next change is told anew.
     *
     * @return whether there was anything
     */
    public boolean drain() {
        boolean any = false;
        int raw = fd.acquire();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(BUFFER_BYTES, Long.BYTES);
            while (LibC.read(raw, buffer.address(), BUFFER_BYTES) > 0) {
                any = true;
            }
            return any;
        } finally {
            fd.release();
        }
    }

    @Override
    public void close() {
        fd.close();
    }
}
