package dev.troupe.devices.rng;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.QueueContext;
import dev.troupe.transport.loop.IoCompletion;
import dev.troupe.transport.loop.IoVector;
import dev.troupe.transport.ring.ChainWriter;
import dev.troupe.transport.sys.Errno;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.FileStat;
import dev.troupe.transport.sys.HostFile;
import dev.troupe.transport.sys.OpenFlag;
import dev.troupe.transport.sys.SysException;
import java.nio.file.Path;

/** Bytes of a character device, such as {@code /dev/urandom} or {@code /dev/hwrng}, or of a regular file in order. */
final class FileSource implements RngSource {
    /** The most ranges that the kernel takes in one operation (IOV_MAX). */
    private static final int MAX_RANGES = 1024;

    private final Path path;
    private final Fd file;
    private final boolean regular;
    private final boolean wraps;
    private long position;

    private FileSource(Path path, Fd file, boolean regular, boolean wraps) {
        this.path = path;
        this.file = file;
        this.regular = regular;
        this.wraps = wraps;
    }

    static FileSource open(Path path, boolean wraps) throws DeviceException {
        try {
            requireSource(path);
            Fd file = HostFile.open(path);
            try {
                FileStat stat = HostFile.stat(file);
                if (stat.isRegular() && stat.sizeBytes() == 0) {
                    throw new DeviceException(path + " holds no bytes; name another file.");
                }
                return new FileSource(path, file, stat.isRegular(), wraps);
            } catch (DeviceException | RuntimeException e) {
                file.close();
                throw e;
            }
        } catch (SysException e) {
            throw new DeviceException("Cannot open the source of random bytes: " + e.getMessage() + ".", e);
        }
    }

    /** Looks at what is there without opening it: a FIFO would be waited for. */
    private static void requireSource(Path path) throws DeviceException {
        try (Fd place = HostFile.open(path, OpenFlag.PATH)) {
            FileStat stat = HostFile.stat(place);
            if (!stat.isRegular() && !stat.isCharacterDevice()) {
                throw new DeviceException(path + " is neither a regular file nor a character device.");
            }
        }
    }

    @Override
    public String description() {
        return path.toString();
    }

    @Override
    public Tap open(QueueContext queue, IoCompletion result) {
        return new FileTap(queue, result);
    }

    @Override
    public void close() {
        file.close();
    }

    /** One read at a time, with a list of buffers that is used again. */
    private final class FileTap implements Tap, IoCompletion {
        private final QueueContext queue;
        private final IoCompletion result;
        private final IoVector vector = new IoVector(1);
        private boolean wrapped;

        FileTap(QueueContext queue, IoCompletion result) {
            this.queue = queue;
            this.result = result;
        }

        @Override
        public int add(ChainWriter into, int bytes) {
            int wanted = vector.count() == 0 ? bytes : (int) Math.min(bytes, BATCH_BYTES - vector.lengthBytes());
            int added = 0;
            while (added < wanted && vector.count() < MAX_RANGES) {
                int range = (int) Math.min(wanted - added, into.contiguousBytes());
                into.addTo(vector, range);
                added += range;
            }
            return added;
        }

        @Override
        public void fill() {
            wrapped = false;
            queue.io().read(file, position, vector, this);
        }

        @Override
        public void completed(int got) {
            if (got == 0 && regular && wraps && !wrapped) {
                wrapped = true;
                position = 0;
                queue.io().read(file, position, vector, this);
                return;
            }
            position += regular && got > 0 ? got : 0;
            vector.clear();
            result.completed(got == 0 ? -Errno.ENODATA : got);
        }
    }
}
