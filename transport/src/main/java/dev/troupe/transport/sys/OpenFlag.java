package dev.troupe.transport.sys;

/** How {@link HostFile#open} opens; without {@link #WRITE} for reading only. Close-on-exec is always set. */
public enum OpenFlag {
    /** For reading and writing. */
    WRITE(2, 2),
    /** Create it (mode 0600) if missing. */
    CREATE(0x40, 0x40),
    /** With {@link #CREATE}: fail if it is there. */
    EXCLUSIVE(0x80, 0x80),
    /** A terminal does not become that of this process. */
    NO_CONTROL(0x100, 0x100),
    /** Cut it to length 0. */
    TRUNCATE(0x200, 0x200),
    /** Do not wait for a FIFO's or device's other side. */
    NON_BLOCK(0x800, 0x800),
    /** Every write is on the medium when it returns (data only). */
    DSYNC(0x1000, 0x1000),
    /** Past the page cache; memory, offset and length must be aligned to the logical block size. */
    DIRECT(0x4000, 0x10000),
    /** Only if it is a directory. */
    DIRECTORY(0x10000, 0x4000),
    /** Fail with {@link Errno#ELOOP} if the last component is a symbolic link. */
    NO_FOLLOW(0x20000, 0x8000),
    /** Do not change its access time. */
    NO_ATIME(0x40000, 0x40000),
    /** Only a reference to the place in the tree; it can neither be read nor written. */
    PATH(0x200000, 0x200000);

    private static final boolean AARCH64 = "aarch64".equals(System.getProperty("os.arch"));

    private final int x86;
    private final int aarch64;

    OpenFlag(int x86, int aarch64) {
        this.x86 = x86;
        this.aarch64 = aarch64;
    }

    int bits() {
        return AARCH64 ? aarch64 : x86;
    }
}
