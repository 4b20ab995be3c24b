package dev.troupe.devices.storage;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.Quantities;
import dev.troupe.actors.device.QueueContext;
import dev.troupe.transport.sys.BlockDevice;
import dev.troupe.transport.sys.DirectIo;
import dev.troupe.transport.sys.Errno;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.FileStat;
import dev.troupe.transport.sys.HostFile;
import dev.troupe.transport.sys.OpenFlag;
import dev.troupe.transport.sys.SysException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;

/** A disk in an image file, sector by sector, or on a block device of the host. */
final class FileBackend implements StorageBackend {
    private static final int DEFAULT_BLOCK_BYTES = 512;
    private static final int MAX_BLOCK_BYTES = 4096;

    private final Path path;
    private final Fd file;
    private final ImageClaim claim;
    private final boolean blockDevice;
    private final boolean readOnly;
    private final boolean inlineWrites;
    private final DirectIo alignment;
    private final StorageLimits limits;
    private final HostHealth health;
    private volatile long capacityBytes;

    /** Whether the host refused to make zeros without writing them; then it is not asked again. */
    private volatile boolean zeroesByWriting;

    private FileBackend(
            StorageSettings settings,
            Fd file,
            boolean blockDevice,
            ImageClaim claim,
            DirectIo alignment,
            StorageLimits limits,
            HostHealth health) {
        this.path = settings.path().orElseThrow();
        this.file = file;
        this.claim = claim;
        this.blockDevice = blockDevice;
        this.readOnly = settings.readOnly();
        this.inlineWrites = settings.inlineWrites();
        this.alignment = alignment;
        this.limits = limits;
        this.health = health;
    }

    static FileBackend open(StorageSettings settings, HostHealth health, Logger log) throws DeviceException {
        Path path = settings.path().orElseThrow();
        Fd file = openFile(path, settings);
        try {
            boolean blockDevice = HostFile.stat(file).isBlockDevice();
            ImageClaim claim = ImageClaim.of(file, settings);
            if (blockDevice && !settings.readOnly() && BlockDevice.isReadOnly(file)) {
                throw new DeviceException(path + " refuses writes; set read-only = true.");
            }
            DirectIo alignment = settings.direct() ? DirectIo.of(file) : new DirectIo(1, 1);
            StorageLimits limits = limits(settings, file, blockDevice, alignment);
            FileBackend backend = new FileBackend(settings, file, blockDevice, claim, alignment, limits, health);
            backend.fitSize(settings, log);
            return backend;
        } catch (SysException e) {
            file.close();
            throw new DeviceException("Cannot use " + path + ": " + e.getMessage(), e);
        } catch (DeviceException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /** Finds out whether the file could be opened, without locking, making or growing it. May block. */
    static void rehearse(StorageSettings settings) throws DeviceException {
        Path path = settings.path().orElseThrow();
        if (requireDisk(path, settings)) {
            Path folder = path.toAbsolutePath().getParent();
            if (folder == null || !Files.isDirectory(folder) || !Files.isWritable(folder)) {
                throw new DeviceException("Cannot make the image " + path
                        + ": its folder is not there, or the daemon's user may not write to it.");
            }
            return;
        }
        try (Fd file = openFile(path, settings)) {
            FileStat stat = HostFile.stat(file);
            if (stat.isRegular()
                    && stat.sizeBytes() == 0
                    && settings.sizeBytes().isEmpty()) {
                throw new DeviceException(path + " is empty; give a size.");
            }
        } catch (SysException e) {
            throw new DeviceException("Cannot use " + path + ": " + e.getMessage(), e);
        }
    }

    private static Fd openFile(Path path, StorageSettings settings) throws DeviceException {
        boolean create = requireDisk(path, settings);
        List<OpenFlag> flags = new ArrayList<>();
        if (!settings.readOnly()) {
            flags.add(OpenFlag.WRITE);
        }
        if (settings.direct()) {
            flags.add(OpenFlag.DIRECT);
        }
        if (create) {
            flags.add(OpenFlag.CREATE);
        }
        try {
            return HostFile.open(path, flags.toArray(OpenFlag[]::new));
        } catch (SysException e) {
            String advice = switch (e.errno()) {
                case Errno.EACCES, Errno.EPERM -> "; give the daemon's user access to it.";
                case Errno.EROFS -> "; set read-only = true.";
                case Errno.EINVAL ->
                    settings.direct() ? "; its file system knows no direct I/O: set direct = off." : ".";
                default -> ".";
            };
            throw new DeviceException("Cannot open the image: " + e.getMessage() + advice, e);
        }
    }

    /**
     * Looks at what is there without opening it: a FIFO or a terminal must not be waited for or disturbed.
     *
     * @return whether nothing is there and an image is to be made
     */
    private static boolean requireDisk(Path path, StorageSettings settings) throws DeviceException {
        try (Fd place = HostFile.open(path, OpenFlag.PATH)) {
            FileStat stat = HostFile.stat(place);
            if (!stat.isRegular() && !stat.isBlockDevice()) {
                throw new DeviceException(path + " is neither a regular file nor a block device.");
            }
            return false;
        } catch (SysException e) {
            if (e.errno() != Errno.ENOENT) {
                throw new DeviceException("Cannot open the image: " + e.getMessage() + ".", e);
            }
            if (settings.readOnly()) {
                throw new DeviceException(
                        "There is no " + path + ", and a read-only disk's image is never made; correct the path, or"
                                + " make the image first.",
                        e);
            }
            if (settings.sizeBytes().isEmpty()) {
                throw new DeviceException(
                        "There is no " + path + "; make it, or give a size to have a sparse image made.", e);
            }
            return true;
        }
    }

    private static StorageLimits limits(StorageSettings settings, Fd file, boolean blockDevice, DirectIo alignment)
            throws DeviceException {
        int hostBlock = blockDevice ? BlockDevice.logicalBlockBytes(file) : alignment.offsetBytes();
        int least = Math.max(hostBlock, DEFAULT_BLOCK_BYTES);
        int block = settings.blockBytes().orElse(least);
        if (block < least || block > MAX_BLOCK_BYTES) {
            throw new DeviceException(settings.path().orElseThrow() + " works in blocks of " + least
                    + " bytes; leave block-size out, or set it to " + Math.min(least, MAX_BLOCK_BYTES) + " or more.");
        }
        int liked = blockDevice
                ? BlockDevice.physicalBlockBytes(file)
                : HostFile.stat(file).blockBytes();
        int physical = settings.physicalBlockBytes().orElse(physicalBlock(liked, block));
        if (physical < block) {
            throw new DeviceException("physical-block-size is less than the block size, " + block + " bytes.");
        }
        int minimum = settings.minimumIoBytes().orElse(physical);
        return new StorageLimits(
                block,
                physical,
                minimum,
                settings.optimalIoBytes().orElse(0),
                physical,
                true,
                blockDevice && !settings.readOnly() && BlockDevice.canSecureErase(file));
    }

    /** Network file systems like I/O of a megabyte; that is no block. */
    private static int physicalBlock(int liked, int block) {
        return Long.bitCount(liked) == 1 && liked > block && liked <= MAX_BLOCK_BYTES ? liked : block;
    }

    /** A smaller image grows to the size that is configured; a larger one keeps its own: nothing is cut by a setting. */
    private void fitSize(StorageSettings settings, Logger log) throws DeviceException {
        long found = hostSizeBytes();
        long wanted = settings.sizeBytes().orElse(found);
        if (found < wanted) {
            if (blockDevice || readOnly) {
                throw new DeviceException(
                        path + " holds " + Quantities.formatBytes(found) + ", less than the configured size "
                                + Quantities.formatBytes(wanted) + "; leave size out or make it smaller.");
            }
            HostFile.truncate(file, wanted);
            found = wanted;
        } else if (found > wanted) {
            log.warn(
                    "{} holds {}, more than the configured size {}: its own size is used",
                    path,
                    Quantities.formatBytes(found),
                    Quantities.formatBytes(wanted));
        }
        capacityBytes = wholeBlocks(found);
        if (capacityBytes == 0) {
            throw new DeviceException(path + " is empty; give a size.");
        }
    }

    private long hostSizeBytes() {
        return blockDevice ? BlockDevice.sizeBytes(file) : HostFile.stat(file).sizeBytes();
    }

    private long wholeBlocks(long bytes) {
        return bytes - bytes % limits.logicalBlockBytes();
    }

    @Override
    public String description() {
        return (blockDevice ? "block device " : "file ") + path + (readOnly ? ", read-only" : "");
    }

    @Override
    public long capacityBytes() {
        return capacityBytes;
    }

    @Override
    public StorageLimits limits() {
        return limits;
    }

    @Override
    public boolean changesByItself() {
        return true;
    }

    @Override
    public boolean readOnly() {
        return readOnly;
    }

    /** Whether the event loop itself writes to the page cache. */
    boolean inlineWrites() {
        return inlineWrites;
    }

    @Override
    public boolean tryEnter() {
        return claim.tryEnter();
    }

    @Override
    public void leave() {
        claim.leave();
    }

    @Override
    public StorageLane openLane(QueueContext queue, StorageLane.Answers answers) {
        return new FileLane(this, queue, answers);
    }

    @Override
    public Extent extentAt(long offsetBytes) {
        return Extent.of(file, offsetBytes, capacityBytes(), limits.logicalBlockBytes());
    }

    @Override
    public void sync() {
        try {
            HostFile.sync(file, true);
        } catch (SysException e) {
            health.syncFailed();
            health.failed("Sync", e.errno());
        }
    }

    @Override
    public synchronized void resize(NewSize size) throws DeviceException {
        long found = hostSizeBytes();
        if (size.bytes().isEmpty()) {
            capacityBytes = wholeBlocks(found);
            return;
        }
        if (blockDevice || readOnly) {
            throw new DeviceException(
                    "Only a writable image can be resized; give no size to look at the host's again.");
        }
        size.require(found, limits.logicalBlockBytes());
        long wanted = size.bytes().getAsLong();
        // Requests that come meanwhile never reach beyond the file: it is cut after, and grows before, the disk.
        capacityBytes = Math.min(capacityBytes, wanted);
        try {
            HostFile.truncate(file, wanted);
        } catch (SysException e) {
            capacityBytes = wholeBlocks(hostSizeBytes());
            throw new DeviceException("Cannot resize " + path + ": " + e.getMessage(), e);
        }
        capacityBytes = wanted;
    }

    @Override
    public void close() {
        file.close();
    }

    Fd file() {
        return file;
    }

    /** What buffers must be aligned to; 1 and 1 where the page cache does not care. */
    DirectIo alignment() {
        return alignment;
    }

    HostHealth health() {
        return health;
    }

    boolean zeroesByWriting() {
        return zeroesByWriting;
    }

    void zeroByWriting() {
        zeroesByWriting = true;
    }
}
