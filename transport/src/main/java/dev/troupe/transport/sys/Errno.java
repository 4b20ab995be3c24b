package dev.troupe.transport.sys;

import java.util.Map;

/** Linux error numbers, their names and what they mean; the same on x86-64 and aarch64. */
public final class Errno {
    /** Operation not permitted. */
    public static final int EPERM = 1;

    /** No such file or directory. */
    public static final int ENOENT = 2;

    /** Interrupted system call. */
    public static final int EINTR = 4;

    /** Input/output error. */
    public static final int EIO = 5;

    /** No such device or address. */
    public static final int ENXIO = 6;

    /** Argument list too long. */
    public static final int E2BIG = 7;

    /** Bad file descriptor. */
    public static final int EBADF = 9;

    /** Resource temporarily unavailable. */
    public static final int EAGAIN = 11;

    /** Cannot allocate memory. */
    public static final int ENOMEM = 12;

    /** Permission denied. */
    public static final int EACCES = 13;

    /** Bad address. */
    public static final int EFAULT = 14;

    /** Device or resource busy. */
    public static final int EBUSY = 16;

    /** File exists. */
    public static final int EEXIST = 17;

    /** Invalid cross-device link. */
    public static final int EXDEV = 18;

    /** No such device. */
    public static final int ENODEV = 19;

    /** Not a directory. */
    public static final int ENOTDIR = 20;

    /** Is a directory. */
    public static final int EISDIR = 21;

    /** Invalid argument. */
    public static final int EINVAL = 22;

    /** Too many open files in system. */
    public static final int ENFILE = 23;

    /** Too many open files. */
    public static final int EMFILE = 24;

    /** Inappropriate ioctl for device. */
    public static final int ENOTTY = 25;

    /** Text file busy. */
    public static final int ETXTBSY = 26;

    /** File too large. */
    public static final int EFBIG = 27;

    /** No space left on device. */
    public static final int ENOSPC = 28;

    /** Illegal seek. */
    public static final int ESPIPE = 29;

    /** Read-only file system. */
    public static final int EROFS = 30;

    /** Too many links. */
    public static final int EMLINK = 31;

    /** Broken pipe. */
    public static final int EPIPE = 32;

    /** Numerical result out of range. */
    public static final int ERANGE = 34;

    /** Resource deadlock avoided. */
    public static final int EDEADLK = 35;

    /** File name too long. */
    public static final int ENAMETOOLONG = 36;

    /** Function not implemented. */
    public static final int ENOSYS = 38;

    /** Directory not empty. */
    public static final int ENOTEMPTY = 39;

    /** Too many levels of symbolic links. */
    public static final int ELOOP = 40;

    /** No data available. */
    public static final int ENODATA = 61;

    /** Timer expired. */
    public static final int ETIME = 62;

    /** Protocol error. */
    public static final int EPROTO = 71;

    /** Value too large for defined data type. */
    public static final int EOVERFLOW = 75;

    /** Socket operation on non-socket. */
    public static final int ENOTSOCK = 88;

    /** Message too long. */
    public static final int EMSGSIZE = 90;

    /** Protocol wrong type for socket. */
    public static final int EPROTOTYPE = 91;

    /** Operation not supported. */
    public static final int EOPNOTSUPP = 95;

    /** Address already in use. */
    public static final int EADDRINUSE = 98;

    /** Connection reset by peer. */
    public static final int ECONNRESET = 104;

    /** Transport endpoint is not connected. */
    public static final int ENOTCONN = 107;

    /** Connection timed out. */
    public static final int ETIMEDOUT = 110;

    /** Connection refused. */
    public static final int ECONNREFUSED = 111;

    /** Operation now in progress. */
    public static final int EINPROGRESS = 115;

    /** Stale file handle. */
    public static final int ESTALE = 116;

    /** Remote I/O error. */
    public static final int EREMOTEIO = 121;

    /** Disk quota exceeded. */
    public static final int EDQUOT = 122;

    /** No medium found. */
    public static final int ENOMEDIUM = 123;

    /** Operation canceled. */
    public static final int ECANCELED = 125;

    private static final Map<Integer, String[]> KNOWN = Map.ofEntries(
            known(EPERM, "EPERM", "Operation not permitted"),
            known(ENOENT, "ENOENT", "No such file or directory"),
            known(EINTR, "EINTR", "Interrupted system call"),
            known(EIO, "EIO", "Input/output error"),
            known(ENXIO, "ENXIO", "No such device or address"),
            known(E2BIG, "E2BIG", "Argument list too long"),
            known(EBADF, "EBADF", "Bad file descriptor"),
            known(EAGAIN, "EAGAIN", "Resource temporarily unavailable"),
            known(ENOMEM, "ENOMEM", "Cannot allocate memory"),
            known(EACCES, "EACCES", "Permission denied"),
            known(EFAULT, "EFAULT", "Bad address"),
            known(EBUSY, "EBUSY", "Device or resource busy"),
            known(EEXIST, "EEXIST", "File exists"),
            known(EXDEV, "EXDEV", "Invalid cross-device link"),
            known(ENODEV, "ENODEV", "No such device"),
            known(ENOTDIR, "ENOTDIR", "Not a directory"),
            known(EISDIR, "EISDIR", "Is a directory"),
            known(EINVAL, "EINVAL", "Invalid argument"),
            known(ENFILE, "ENFILE", "Too many open files in system"),
            known(EMFILE, "EMFILE", "Too many open files"),
            known(ENOTTY, "ENOTTY", "Inappropriate ioctl for device"),
            known(ETXTBSY, "ETXTBSY", "Text file busy"),
            known(EFBIG, "EFBIG", "File too large"),
            known(ENOSPC, "ENOSPC", "No space left on device"),
            known(ESPIPE, "ESPIPE", "Illegal seek"),
            known(EROFS, "EROFS", "Read-only file system"),
            known(EMLINK, "EMLINK", "Too many links"),
            known(EPIPE, "EPIPE", "Broken pipe"),
            known(ERANGE, "ERANGE", "Numerical result out of range"),
            known(EDEADLK, "EDEADLK", "Resource deadlock avoided"),
            known(ENAMETOOLONG, "ENAMETOOLONG", "File name too long"),
            known(ENOSYS, "ENOSYS", "Function not implemented"),
            known(ENOTEMPTY, "ENOTEMPTY", "Directory not empty"),
            known(ELOOP, "ELOOP", "Too many levels of symbolic links"),
            known(ENODATA, "ENODATA", "No data available"),
            known(ETIME, "ETIME", "Timer expired"),
            known(EPROTO, "EPROTO", "Protocol error"),
            known(EOVERFLOW, "EOVERFLOW", "Value too large for defined data type"),
            known(ENOTSOCK, "ENOTSOCK", "Socket operation on non-socket"),
            known(EMSGSIZE, "EMSGSIZE", "Message too long"),
            known(EPROTOTYPE, "EPROTOTYPE", "Protocol wrong type for socket"),
            known(EOPNOTSUPP, "EOPNOTSUPP", "Operation not supported"),
            known(EADDRINUSE, "EADDRINUSE", "Address already in use"),
            known(ECONNRESET, "ECONNRESET", "Connection reset by peer"),
            known(ENOTCONN, "ENOTCONN", "Transport endpoint is not connected"),
            known(ETIMEDOUT, "ETIMEDOUT", "Connection timed out"),
            known(ECONNREFUSED, "ECONNREFUSED", "Connection refused"),
            known(EINPROGRESS, "EINPROGRESS", "Operation now in progress"),
            known(ESTALE, "ESTALE", "Stale file handle"),
            known(EREMOTEIO, "EREMOTEIO", "Remote I/O error"),
            known(EDQUOT, "EDQUOT", "Disk quota exceeded"),
            known(ENOMEDIUM, "ENOMEDIUM", "No medium found"),
            known(ECANCELED, "ECANCELED", "Operation canceled"));

    private Errno() {}

    /** The symbolic name, for example {@code ENOENT}; {@code errno 999} for a number not known here. */
    public static String name(int errno) {
        String[] known = KNOWN.get(errno);
        return known == null ? "errno " + errno : known[0];
    }

    /** What the error means, in the C library's words. */
    public static String describe(int errno) {
        String[] known = KNOWN.get(errno);
        return known == null ? "Unknown error" : known[1];
    }

    private static Map.Entry<Integer, String[]> known(int errno, String name, String description) {
        return Map.entry(errno, new String[] {name, description});
    }
}
