package dev.troupe.transport.sys;

/**
 * What the kernel says of an open file.
 *
 * @param mode type and permission bits, as {@code st_mode}
 * @param sizeBytes the length; 0 for a block device (see {@link BlockDevice#sizeBytes})
 * @param allocatedBytes what it takes on the medium
 * @param blockBytes the preferred unit of I/O
 * @param dev the device it lies on, major in the upper 32 bits
 * @param inode its number there
 * @param rdev for a device node: which device, major in the upper 32 bits
 */
public record FileStat(int mode, long sizeBytes, long allocatedBytes, int blockBytes, long dev, long inode, long rdev) {
    private static final int TYPE_MASK = 0xf000;
    private static final int BLOCK_DEVICE = 0x6000;
    private static final int CHARACTER_DEVICE = 0x2000;
    private static final int REGULAR = 0x8000;
    private static final int DIRECTORY = 0x4000;

    /** Whether it is a block device. */
    public boolean isBlockDevice() {
        return (mode & TYPE_MASK) == BLOCK_DEVICE;
    }

    /** Whether it is a character device. */
    public boolean isCharacterDevice() {
        return (mode & TYPE_MASK) == CHARACTER_DEVICE;
    }

    /** Whether it is a regular file (a memory file is one too). */
    public boolean isRegular() {
        return (mode & TYPE_MASK) == REGULAR;
    }

    /** Whether it is a directory. */
    public boolean isDirectory() {
        return (mode & TYPE_MASK) == DIRECTORY;
    }
}
