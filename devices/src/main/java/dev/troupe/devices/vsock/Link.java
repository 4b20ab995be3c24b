package dev.troupe.devices.vsock;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A connection within this process: two sides, each used by one thread, with a {@link Pipe} each way. What one side sets the
 * other one sees when it is woken; nothing is ever waited for.
 */
final class Link {
    private final AtomicInteger users = new AtomicInteger(2);
    private final PipeMemory memory;
    private final boolean messages;
    private final Side caller = new Side();
    private final Side callee = new Side();

    /** @param messages whether messages are kept apart */
    Link(PipeMemory memory, boolean messages) {
        this.memory = memory;
        this.messages = messages;
        caller.other = callee;
        callee.other = caller;
    }

    /** The side that asks for the connection. */
    Side caller() {
        return caller;
    }

    /** The side that is asked. */
    Side callee() {
        return callee;
    }

    private void left() {
        if (users.decrementAndGet() == 0) {
            caller.release();
            callee.release();
        }
    }

    /** One side; the other's methods named so are seen as they were set. */
    final class Side {
        private Side other = this;

        // Ordering: volatile stores before the other side is woken, loads after.
        private volatile @Nullable Pipe out;
        private volatile Runnable wake = () -> {};
        private volatile boolean accepted;
        private volatile int ended;
        private volatile boolean closed;

        /** Begins to send, with room for so many bytes. */
        Pipe open(int window) {
            Pipe pipe = new Pipe(memory, messages, window);
            out = pipe;
            return pipe;
        }

        /** What the other side sends, once it has begun to. */
        @Nullable
        Pipe in() {
            return other.out;
        }

        /** Whether the other side has sent what has not been taken yet. */
        boolean hasIn() {
            Pipe pipe = in();
            return pipe != null && !pipe.isEmpty();
        }

        private void release() {
            Pipe pipe = out;
            if (pipe != null) {
                pipe.release();
            }
        }

        /** How this side is told that something has changed on the other: by any thread, must return at once. */
        void onChange(Runnable told) {
            wake = told;
        }

        /** Something has changed here. */
        void tell() {
            other.wake.run();
        }

        void accept() {
            accepted = true;
            tell();
        }

        boolean otherAccepted() {
            return other.accepted;
        }

        /** This side has ended these directions: flags of SHUTDOWN. */
        void end(int flags) {
            ended = flags;
            tell();
        }

        int otherEnded() {
            return other.ended;
        }

        /** This side does nothing more; to be called once. */
        void close() {
            closed = true;
            tell();
            left();
        }

        boolean otherClosed() {
            return other.closed;
        }
    }
}
