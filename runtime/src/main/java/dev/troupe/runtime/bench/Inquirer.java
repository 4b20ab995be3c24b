package dev.troupe.runtime.bench;

import dev.troupe.transport.frontend.BufferList;
import dev.troupe.transport.frontend.DriverQueue;
import dev.troupe.transport.sys.EventFd;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Makes single requests on a ring that has no load yet, or no more, and waits for each. One thread. */
final class Inquirer {

    private static final int LOOK_MS = 20;

    /** No request of a load has this token. */
    private static final long ASKED = -1;

    private final BenchSession session;
    private final int ring;
    private final long patienceNanos;
    private final MemorySegment scratch = Arena.ofAuto().allocate(EventFd.AWAIT_SCRATCH_BYTES, Long.BYTES);

    /**
     * @param ring the ring's index
     * @param patienceNanos how long to wait for an answer
     */
    Inquirer(BenchSession session, int ring, long patienceNanos) {
        this.session = session;
        this.ring = ring;
        this.patienceNanos = patienceNanos;
    }

    /**
     * Makes a request and waits until it comes back.
     *
     * @param what the request is, for people
     * @throws BenchException if it does not come back
     */
    void ask(BufferList request, String what) throws BenchException {
        DriverQueue queue = session.ring(ring);
        if (!queue.add(request, ASKED)) {
            throw new IllegalStateException("a ring without load has no room");
        }
        if (queue.publish()) {
            EventFd.signal(session.fds(ring).kick());
        }
        long until = System.nanoTime() + patienceNanos;
        // What the load has left on the ring comes back first.
        while (!(queue.poll() && queue.token() == ASKED)) {
            if (System.nanoTime() - until > 0) {
                throw new BenchException("The back end has not answered " + what + ".");
            }
            if (!queue.enableCalls()) {
                EventFd.await(session.fds(ring).call(), scratch, LOOK_MS);
            }
            queue.disableCalls();
            session.watch(0);
        }
    }
}
