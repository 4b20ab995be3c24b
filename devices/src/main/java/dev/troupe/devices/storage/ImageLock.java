package dev.troupe.devices.storage;

import dev.troupe.transport.sys.ByteLocks;
import dev.troupe.transport.sys.Fd;

/**
 * Tells other programs how an image is used, and learns how they use it, by the convention of QEMU's file driver, so
 * that Troupe and QEMU's programs refuse one another's images both ways. Each right is a bit; who uses it shares a lock
 * on byte {@code 100 + bit}, who does not want others to use it shares one on byte {@code 200 + bit}. The locks go with
 * the file's last descriptor.
 */
final class ImageLock {
    private static final int USED_BASE = 100;
    private static final int UNSHARED_BASE = 200;

    /** Bits of the rights: consistent reading, writing, and changing the size. */
    private static final int READ = 0;

    private static final int WRITE = 1;
    private static final int RESIZE = 3;

    private static final int[] WRITER_USES = {READ, WRITE, RESIZE};
    private static final int[] READER_USES = {READ};
    private static final int[] UNSHARED = {WRITE, RESIZE};

    private ImageLock() {}

    /**
     * Takes the locks of a writer, or of a reader who does not want writers beside it.
     *
     * @return false if another program uses the image in a way that excludes this; some locks may have been taken, so
     *     the descriptor has to be closed
     */
    static boolean tryTake(Fd image, boolean writer) {
        int[] uses = writer ? WRITER_USES : READER_USES;
        // First take, then look: of two that come at the same time at least one sees the other.
        return share(image, USED_BASE, uses)
                && share(image, UNSHARED_BASE, UNSHARED)
                && !heldElsewhere(image, UNSHARED_BASE, uses)
                && !heldElsewhere(image, USED_BASE, UNSHARED);
    }

    /** Gives the locks back, also those that {@link #tryTake} took in vain. */
    static void release(Fd image, boolean writer) {
        for (int bit : writer ? WRITER_USES : READER_USES) {
            ByteLocks.release(image, USED_BASE + bit);
        }
        for (int bit : UNSHARED) {
            ByteLocks.release(image, UNSHARED_BASE + bit);
        }
    }

    private static boolean share(Fd image, int base, int[] bits) {
        for (int bit : bits) {
            if (!ByteLocks.tryShare(image, base + bit)) {
                return false;
            }
        }
        return true;
    }

    private static boolean heldElsewhere(Fd image, int base, int[] bits) {
        for (int bit : bits) {
            if (ByteLocks.heldElsewhere(image, base + bit)) {
                return true;
            }
        }
        return false;
    }
}
