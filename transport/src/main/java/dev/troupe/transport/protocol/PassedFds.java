package dev.troupe.transport.protocol;

import dev.troupe.transport.sys.Fd;
import java.util.ArrayList;
import java.util.List;

/**
 * The file descriptors that travel with one message. The message owns them until somebody takes them; closing the
 * message closes what was not taken, so a refused message never leaks a descriptor. Not thread-safe: it belongs to
 * whoever holds the message.
 */
public final class PassedFds implements AutoCloseable {
    private final int count;
    private final List<Fd> left;

    private PassedFds(List<Fd> fds) {
        this.count = fds.size();
        this.left = new ArrayList<>(fds);
    }

    /**
     * An empty set, for messages without descriptors.
     *
     * @return a new, empty set
     */
    public static PassedFds none() {
        return new PassedFds(List.of());
    }

    /**
     * Takes over the ownership of the descriptors given. A caller that goes on using one passes a duplicate.
     *
     * @param fds the descriptors, in the order of the message
     * @return the set that owns them now
     */
    public static PassedFds of(Fd... fds) {
        return new PassedFds(List.of(fds));
    }

    /**
     * Takes over the ownership of the descriptors given.
     *
     * @param fds the descriptors, in the order of the message
     * @return the set that owns them now
     */
    public static PassedFds of(List<Fd> fds) {
        return new PassedFds(fds);
    }

    /**
     * How many descriptors came with the message, taken or not.
     *
     * @return the count
     */
    public int count() {
        return count;
    }

    /**
     * Whether none came with the message.
     *
     * @return true if the count is zero
     */
    public boolean isEmpty() {
        return count == 0;
    }

    /**
     * Takes the first descriptor that was not taken yet; the caller owns it from now on.
     *
     * @return the descriptor
     * @throws IllegalStateException if none is left
     */
    public Fd take() {
        if (left.isEmpty()) {
            throw new IllegalStateException("all " + count + " descriptors of the message have been taken");
        }
        return left.removeFirst();
    }

    /**
     * Takes all descriptors not taken yet; the caller owns them from now on.
     *
     * @return the descriptors in the order of the message
     */
    public List<Fd> takeAll() {
        List<Fd> taken = List.copyOf(left);
        left.clear();
        return taken;
    }

    /** The descriptors not taken yet, still owned by this set. For the socket, which passes on copies. */
    public List<Fd> peek() {
        return List.copyOf(left);
    }

    /** Closes the descriptors that were not taken. May be called again. */
    @Override
    public void close() {
        takeAll().forEach(Fd::close);
    }

    /** Equal if the number of descriptors is: what a descriptor refers to cannot be compared. */
    @Override
    public boolean equals(Object other) {
        return other instanceof PassedFds fds && fds.count == count;
    }

    @Override
    public int hashCode() {
        return count;
    }

    @Override
    public String toString() {
        return count + " fds" + (left.size() == count ? "" : " (" + left.size() + " left)");
    }
}
