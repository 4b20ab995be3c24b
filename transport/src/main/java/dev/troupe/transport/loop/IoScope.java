package dev.troupe.transport.loop;

import dev.troupe.transport.sys.Fd;

/**
 * The file operations one owner has under way on a loop. Loop thread only.
 *
 * <p>Memory, {@link IoVector} and descriptor belong to the operation until its completion: the owner neither changes, unmaps
 * nor reuses them before. A descriptor may be closed once the operation was handed in, but then it may end with
 * {@code -EBADF}. Operations run and complete in any order. A completion is never called from within the call that starts
 * the operation.
 */
public interface IoScope {
    /**
     * Reads into the buffers; the result is the bytes read, or -errno. They may be fewer than asked for: at the file's end
     * (none beyond it), where only a part is in the page cache, or with more buffers than one call takes. Of a file that
     * cannot seek what comes next is read, whatever the offset.
     */
    void read(Fd file, long fileOffset, IoVector into, IoCompletion completion);

    /** Writes the buffers; the result is the bytes written, which may be fewer than asked for, or -errno. */
    void write(Fd file, long fileOffset, IoVector from, WriteMode mode, IoCompletion completion);

    /** Waits until all completed writes are on the medium; the result is 0 or -errno. */
    void sync(Fd file, boolean dataOnly, IoCompletion completion);

    /** Allocates, zeroes or frees a range, by {@code HostFile.FALLOC_} constants; the result is 0 or -errno. */
    void allocate(Fd file, int fallocateMode, long offset, long lengthBytes, IoCompletion completion);

    /** Destroys a range of a block device and all copies of it; the result is 0 or -errno. */
    void secureErase(Fd device, long offset, long lengthBytes, IoCompletion completion);

    /** How many operations are not finished. */
    int inFlight();

    /**
     * Gives up all of them: no completion is delivered any more, no operation can be started. {@code whenQuiet} runs on the
     * loop, later, once the kernel has finished with all of them and their memory may be unmapped. To be called once.
     */
    void abandon(Runnable whenQuiet);

    /** Where exceptions out of completions go. */
    @FunctionalInterface
    interface FailureListener {
        /** A completion of this scope threw; the operation itself counts as finished. */
        void failed(Throwable failure);
    }
}
