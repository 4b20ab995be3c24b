package dev.troupe.devices.blk;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.Quantities;
import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.actors.device.SavedState;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.devices.storage.NewSize;
import dev.troupe.devices.storage.SizeWatch;
import dev.troupe.devices.storage.StorageBackend;
import dev.troupe.devices.storage.StorageLimits;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;

/** An open disk: what the driver is told of it, and the write cache that all of its queues share. */
final class BlkDevice implements VirtioDevice {
    private static final int STATE_VERSION = 1;

    /** The driver has not chosen whether there is a write cache. */
    private static final int UNCHOSEN = -1;

    private static final int WRITE_THROUGH = 0;
    private static final int WRITE_BACK = 1;

    private final BlkSettings settings;
    private final StorageBackend backend;
    private final DeviceContext context;
    private final byte[] serial;
    private final AtomicBoolean waitingSaid = new AtomicBoolean();
    private volatile SizeWatch watch;

    /** What the driver wrote to {@code writeback}, section 5.2.5.2. */
    private volatile int writeback = UNCHOSEN;

    private BlkDevice(BlkSettings settings, StorageBackend backend, DeviceContext context) {
        this.settings = settings;
        this.backend = backend;
        this.context = context;
        this.serial = settings.serial().getBytes(StandardCharsets.UTF_8);
        this.watch = newWatch();
    }

    static BlkDevice start(BlkSettings settings, StorageBackend backend, DeviceContext context) {
        BlkDevice device = new BlkDevice(settings, backend, context);
        if (backend.changesByItself()) {
            device.watch.start(settings.storage().sizeCheck());
        }
        return device;
    }

    private SizeWatch newWatch() {
        return new SizeWatch(backend, context, context::configChanged);
    }

    @Override
    public long features() {
        long features = BlkWire.VIRTIO_BLK_F_SEG_MAX
                | BlkWire.VIRTIO_BLK_F_BLK_SIZE
                | BlkWire.VIRTIO_BLK_F_TOPOLOGY
                | BlkWire.VIRTIO_BLK_F_FLUSH
                | BlkWire.VIRTIO_BLK_F_CONFIG_WCE
                | BlkWire.VIRTIO_BLK_F_MQ;
        if (readOnly()) {
            features |= BlkWire.VIRTIO_BLK_F_RO;
        }
        if (offersDiscard()) {
            features |= BlkWire.VIRTIO_BLK_F_DISCARD;
        }
        if (offersWriteZeroes()) {
            features |= BlkWire.VIRTIO_BLK_F_WRITE_ZEROES;
        }
        if (offersSecureErase()) {
            features |= BlkWire.VIRTIO_BLK_F_SECURE_ERASE;
        }
        return features;
    }

    @Override
    public int queueCount() {
        return settings.queues();
    }

    @Override
    public byte[] configSpace(long driverFeatures) {
        StorageLimits limits = backend.limits();
        int block = limits.logicalBlockBytes();
        ByteBuffer config = ByteBuffer.allocate(BlkWire.CONFIG_SIZE).order(ByteOrder.LITTLE_ENDIAN);
        config.putLong(BlkWire.CAPACITY_OFFSET, capacityBytes() / BlkWire.SECTOR_BYTES)
                .putInt(BlkWire.SEG_MAX_OFFSET, settings.segMax())
                .putInt(BlkWire.BLK_SIZE_OFFSET, block)
                .put(BlkWire.PHYSICAL_BLOCK_EXP_OFFSET, (byte)
                        Integer.numberOfTrailingZeros(limits.physicalBlockBytes() / block))
                .putShort(BlkWire.MIN_IO_SIZE_OFFSET, (short) Math.min(limits.minimumIoBytes() / block, 0xffff))
                .putInt(BlkWire.OPT_IO_SIZE_OFFSET, limits.optimalIoBytes() / block)
                .put(BlkWire.WRITEBACK_OFFSET, (byte) (writesThrough(driverFeatures) ? WRITE_THROUGH : WRITE_BACK))
                .putShort(BlkWire.NUM_QUEUES_OFFSET, (short) settings.queues());
        int discardSectors = Math.max(limits.discardBytes(), block) / BlkWire.SECTOR_BYTES;
        if (offersDiscard()) {
            config.putInt(BlkWire.MAX_DISCARD_SECTORS_OFFSET, BlkQueue.MAX_SEGMENT_SECTORS)
                    .putInt(BlkWire.MAX_DISCARD_SEG_OFFSET, BlkQueue.MAX_SEGMENTS)
                    .putInt(BlkWire.DISCARD_SECTOR_ALIGNMENT_OFFSET, discardSectors);
        }
        if (offersSecureErase()) {
            config.putInt(BlkWire.MAX_SECURE_ERASE_SECTORS_OFFSET, BlkQueue.MAX_SEGMENT_SECTORS)
                    .putInt(BlkWire.MAX_SECURE_ERASE_SEG_OFFSET, BlkQueue.MAX_SEGMENTS)
                    .putInt(BlkWire.SECURE_ERASE_SECTOR_ALIGNMENT_OFFSET, discardSectors);
        }
        if (offersWriteZeroes()) {
            config.putInt(BlkWire.MAX_WRITE_ZEROES_SECTORS_OFFSET, BlkQueue.MAX_SEGMENT_SECTORS)
                    .putInt(BlkWire.MAX_WRITE_ZEROES_SEG_OFFSET, BlkQueue.MAX_SEGMENTS)
                    .put(BlkWire.WRITE_ZEROES_MAY_UNMAP_OFFSET, (byte) (offersDiscard() ? 1 : 0));
        }
        return config.array();
    }

    /** Only {@code writeback} may be written (section 5.2.5), with 0 or 1; other bytes may be written as they are. */
    @Override
    public boolean writeConfigSpace(int offset, byte[] value) {
        byte[] now = configSpace(0);
        if (offset < 0 || offset > now.length - value.length) {
            return false;
        }
        OptionalInt wanted = OptionalInt.empty();
        for (int i = 0; i < value.length; i++) {
            if (offset + i == BlkWire.WRITEBACK_OFFSET) {
                wanted = OptionalInt.of(value[i]);
            } else if (value[i] != now[offset + i]) {
                return false;
            }
        }
        if (wanted.isPresent() && wanted.getAsInt() != WRITE_THROUGH && wanted.getAsInt() != WRITE_BACK) {
            return false;
        }
        wanted.ifPresent(this::chooseCache);
        return true;
    }

    private void chooseCache(int wanted) {
        writeback = wanted;
        if (wanted == WRITE_THROUGH && !readOnly()) {
            // What was written while there was a cache must not stay volatile for long once the driver no longer
            // flushes.
            context.blocking().execute(backend::sync);
        }
    }

    @Override
    public QueueHandler openQueue(QueueContext queue) {
        return new BlkQueue(this, backend, queue);
    }

    /**
     * A front end may reset a device whose virtual machine is only paused, or whose driver goes on believing that there
     * is no cache (QEMU answers for {@code writeback} itself). So a driver that chose to have none keeps that: safe in
     * any case.
     */
    @Override
    public void reset() {
        if (writeback == WRITE_BACK) {
            writeback = UNCHOSEN;
        }
    }

    /** Only how often the size is looked at takes effect at once. */
    @Override
    public void settingsChanged(DeviceSettings now) {
        if (backend.changesByItself()) {
            watch.stop();
            watch = newWatch();
            watch.start(BlkSettings.of(now).storage().sizeCheck());
        }
    }

    /** Version 1: one byte, what the driver wrote to {@code writeback}, or 0xff if it did not. */
    @Override
    public SavedState saveState() {
        return SavedState.of(STATE_VERSION, (byte) writeback);
    }

    @Override
    public void loadState(SavedState state) throws DeviceException {
        byte[] contents = state.contents();
        if (state.version() != STATE_VERSION || contents.length != 1) {
            throw new DeviceException("The state of a disk has version " + state.version() + " and "
                    + contents.length + " bytes; this program knows version " + STATE_VERSION
                    + " with 1 byte.");
        }
        int chosen = contents[0];
        if (chosen != UNCHOSEN && chosen != WRITE_THROUGH && chosen != WRITE_BACK) {
            throw new DeviceException("The state of a disk names the write cache " + (chosen & 0xff) + ".");
        }
        writeback = chosen;
    }

    @Override
    public String command(String verb, List<String> arguments) throws DeviceException {
        if (!verb.equals("resize")) {
            throw new DeviceException("A disk knows the command 'resize " + NewSize.ARGUMENTS + "' only.");
        }
        long before = capacityBytes();
        backend.resize(NewSize.parse(arguments));
        long after = capacityBytes();
        if (after == before) {
            return "The size stays " + Quantities.formatBytes(after) + ".";
        }
        context.configChanged();
        return "The size is now " + Quantities.formatBytes(after) + ", it was " + Quantities.formatBytes(before) + ".";
    }

    @Override
    public void close() {
        watch.stop();
        backend.close();
    }

    /** A queue cannot work yet. */
    void waitsForSectors() {
        if (!waitingSaid.getAndSet(true)) {
            context.log()
                    .warn("{} is in use by another program; its guest waits until it is free", backend.description());
        }
    }

    long capacityBytes() {
        return backend.capacityBytes();
    }

    boolean readOnly() {
        return backend.readOnly();
    }

    boolean offersDiscard() {
        return !readOnly() && settings.discard() && backend.limits().discards();
    }

    boolean offersWriteZeroes() {
        return !readOnly();
    }

    boolean offersSecureErase() {
        return !readOnly() && backend.limits().securelyErases();
    }

    byte[] serial() {
        return serial;
    }

    /**
     * Whether a write must be durable when it is answered, section 5.2.5.2: a driver without VIRTIO_BLK_F_FLUSH cannot
     * flush, so it has no write cache unless it asked for one.
     */
    boolean writesThrough(long driverFeatures) {
        boolean chooses = (driverFeatures & BlkWire.VIRTIO_BLK_F_CONFIG_WCE) != 0 || driverFeatures == 0;
        int chosen = writeback;
        if (chooses && chosen != UNCHOSEN) {
            return chosen == WRITE_THROUGH;
        }
        boolean flushes = (driverFeatures & BlkWire.VIRTIO_BLK_F_FLUSH) != 0 || driverFeatures == 0;
        return !flushes || !settings.writeBack();
    }
}
