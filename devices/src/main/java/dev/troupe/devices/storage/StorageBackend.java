package dev.troupe.devices.storage;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.QueueContext;

/**
 * What keeps the sectors of one disk. Shared by all of its queues: every method may be called by any thread, those that
 * say so may block.
 */
public interface StorageBackend extends AutoCloseable {

    /**
     * Opens what the settings say. May block.
     *
     * @param name tells apart what one device keeps in memory
     * @throws DeviceException if it cannot be had, with a sentence that says why and what to do
     */
    static StorageBackend open(StorageSettings settings, String name, DeviceContext context) throws DeviceException {
        return switch (settings.backEnd()) {
            case FILE -> FileBackend.open(settings, new HostHealth(context), context.log());
            case MEMORY -> MemoryBackend.open(settings, name, context);
            case NULL -> new NullBackend(settings);
        };
    }

    /**
     * Finds out whether {@link #open} would succeed, without locking, making or growing anything. May block.
     *
     * @throws DeviceException if it would not
     */
    static void rehearse(StorageSettings settings) throws DeviceException {
        if (settings.backEnd() == StorageSettings.BackEnd.FILE) {
            FileBackend.rehearse(settings);
        }
    }

    /** What it is, for the log, for example {@code file /srv/disk0.img}. */
    String description();

    /** How much it holds; changes when it is resized. */
    long capacityBytes();

    /** What it can and likes to do; never changes. */
    StorageLimits limits();

    /** Whether its size can change without a command to the device, so that it is worth looking at. */
    default boolean changesByItself() {
        return false;
    }

    /** Whether it refuses whatever changes a sector. */
    boolean readOnly();

    /**
     * A queue wants to work with the sectors. Does not block.
     *
     * @return false if that cannot be now, because another program uses them; it may be asked again
     */
    default boolean tryEnter() {
        return true;
    }

    /** A queue that had entered works with them no more. Does not block. */
    default void leave() {}

    /** One queue's way to the sectors; called, and used from then on, on the queue's event loop. */
    StorageLane openLane(QueueContext queue, StorageLane.Answers answers);

    /** What is at an offset, as far as it is the same. May block. */
    default Extent extentAt(long offsetBytes) {
        return new Extent(true, capacityBytes() - offsetBytes);
    }

    /**
     * Makes everything written so far durable. May block. If that fails, the log says so, and the next flush of every queue
     * fails.
     */
    void sync();

    /**
     * Gives it another size, or finds out which one it has. May block.
     *
     * @throws DeviceException if it cannot have this size, or would lose something unasked
     */
    void resize(NewSize size) throws DeviceException;

    /** Gives the host resource back; all lanes are closed. May block. */
    @Override
    void close();
}
