package dev.troupe.actors.queue;

import dev.troupe.actors.daemon.QueueStatus;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The figures of one queue, over all the sessions and restarts of its device. Written by the thread that runs the
 * queue, without synchronisation; any thread may read them and sees values that are a moment old.
 */
public final class QueueMonitor {

    private static final VarHandle REQUESTS = field("requests");
    private static final VarHandle READ_BYTES = field("readBytes");
    private static final VarHandle WRITTEN_BYTES = field("writtenBytes");
    private static final VarHandle ERRORS = field("errors");

    private final int index;
    private long requests;
    private long readBytes;
    private long writtenBytes;
    private long errors;
    private final AtomicInteger restarts = new AtomicInteger();
    private volatile int outstanding;
    private volatile State state = State.STOPPED;
    private volatile int size;
    private volatile boolean packed;

    /** What a queue is doing. */
    public enum State {
        /** No front end has started it. */
        STOPPED,
        /** Started, but not enabled by the front end. */
        DISABLED,
        /** It serves. */
        RUNNING,
        /** Its device is away; requests wait in the ring. */
        WAITING,
        /** The guest broke the ring; it waits for the driver to reset it. */
        BROKEN
    }

    /** Creates the monitor of the queue with this number. */
    public QueueMonitor(int index) {
        this.index = index;
    }

    private static VarHandle field(String name) {
        try {
            return MethodHandles.lookup().findVarHandle(QueueMonitor.class, name, long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    // Ordering: opaque pairs with the opaque reads of status(); the figures are independent of one another.
    void countRequest(long read, long written) {
        REQUESTS.setOpaque(this, requests + 1);
        READ_BYTES.setOpaque(this, readBytes + read);
        WRITTEN_BYTES.setOpaque(this, writtenBytes + written);
    }

    void countError() {
        ERRORS.setOpaque(this, errors + 1);
    }

    void countRestart() {
        restarts.incrementAndGet();
    }

    void state(State now) {
        state = now;
    }

    void outstanding(int requestsUnderWay) {
        outstanding = requestsUnderWay;
    }

    void ring(int entries, boolean isPacked) {
        size = entries;
        packed = isPacked;
    }

    /** What the queue is doing. */
    public State state() {
        return state;
    }

    /** The figures as an operator sees them. */
    public QueueStatus status() {
        return new QueueStatus(
                index,
                state.name().toLowerCase(Locale.ROOT),
                size,
                packed ? "packed" : "split",
                (long) REQUESTS.getOpaque(this),
                (long) READ_BYTES.getOpaque(this),
                (long) WRITTEN_BYTES.getOpaque(this),
                (long) ERRORS.getOpaque(this),
                outstanding,
                restarts.get());
    }
}
