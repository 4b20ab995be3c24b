package dev.troupe.devices.storage;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.transport.sys.Fd;

/**
 * When an image is locked: never, as long as it is open, or only while a queue is open. The last lets the daemon that a
 * virtual machine moves to open an image while the machine still runs beside the other daemon: its rings stop there before
 * they start here. Any thread; no call waits.
 */
final class ImageClaim {

    private final Fd image;
    private final StorageSettings.Locking locking;
    private final boolean writer;
    private int users;

    private ImageClaim(Fd image, StorageSettings settings) {
        this.image = image;
        this.locking = settings.locking();
        this.writer = !settings.readOnly();
    }

    /**
     * Claims an image that has just been opened, as far as its settings say so.
     *
     * @throws DeviceException if another program uses it in a way that excludes this
     */
    static ImageClaim of(Fd image, StorageSettings settings) throws DeviceException {
        ImageClaim claim = new ImageClaim(image, settings);
        if (claim.locking == StorageSettings.Locking.WHILE_OPEN && !ImageLock.tryTake(image, claim.writer)) {
            throw new DeviceException(settings.path().orElseThrow() + " is in use by another program"
                    + (settings.readOnly() ? " that writes to it" : "")
                    + "; stop that program, or set lock = off if both know what they do.");
        }
        return claim;
    }

    /** A queue wants to work with the image; false if another program uses it in a way that excludes that. */
    synchronized boolean tryEnter() {
        if (locking == StorageSettings.Locking.WHILE_RUNNING && users == 0 && !ImageLock.tryTake(image, writer)) {
            ImageLock.release(image, writer);
            return false;
        }
        users++;
        return true;
    }

    /** A queue that had entered works with it no more. */
    synchronized void leave() {
        users--;
        if (locking == StorageSettings.Locking.WHILE_RUNNING && users == 0) {
            ImageLock.release(image, writer);
        }
    }
}
