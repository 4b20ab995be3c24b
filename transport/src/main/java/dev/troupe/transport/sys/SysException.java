package dev.troupe.transport.sys;

/** A system call that failed: which one, on what, and why. */
public final class SysException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String call;
    private final int errno;

    /**
     * Describes one failed call, for example {@code open(/srv/disk0.img): ENOENT No such file or directory}.
     *
     * @param call the name of the call
     * @param argument what it was called on
     * @param errno the kernel's error number, positive
     */
    public SysException(String call, String argument, int errno) {
        super(call + "(" + argument + "): " + Errno.name(errno) + " " + Errno.describe(errno));
        this.call = call;
        this.errno = errno;
    }

    /** The name of the call that failed. */
    public String call() {
        return call;
    }

    /** The error number, positive; compare with the constants of {@link Errno}. */
    public int errno() {
        return errno;
    }
}
