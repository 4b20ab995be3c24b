package dev.troupe.runtime.bench;

import dev.troupe.runtime.probe.Introduction;
import dev.troupe.runtime.probe.NoBackEndException;
import dev.troupe.transport.frontend.DriverQueue;
import dev.troupe.transport.frontend.FrontEnd;
import dev.troupe.transport.frontend.FrontEndException;
import dev.troupe.transport.frontend.FrontEndException.Kind;
import dev.troupe.transport.frontend.GuestMemoryFile;
import dev.troupe.transport.frontend.VringAddresses;
import dev.troupe.transport.frontend.VringFds;
import dev.troupe.transport.protocol.RegionDescription;
import dev.troupe.transport.ring.RingAreas;
import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.SocketFd;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A connection with its memory and its queues, set up and running. One thread at a time. */
final class BenchSession implements AutoCloseable {

    private static final int TIMEOUT_MS = 5_000;
    /** Position 0 and wrap counter 1, for avail and used (virtio 1.4, section 2.8.1). */
    private static final int PACKED_BASE = 0x8000_8000;

    private final FrontEnd frontEnd;
    private final GuestMemoryFile memory;
    private final Subject subject;
    private final List<DriverQueue> queues = new ArrayList<>();
    private final List<VringFds> fds = new ArrayList<>();

    private BenchSession(FrontEnd frontEnd, GuestMemoryFile memory, Subject subject) {
        this.subject = subject;
        this.frontEnd = frontEnd;
        this.memory = memory;
    }

    /**
     * Connects and starts the rings.
     *
     * @throws NoBackEndException if nobody answers
     * @throws BenchException if the back end refuses something
     */
    static BenchSession open(BenchTarget target) throws NoBackEndException, BenchException {
        FrontEnd frontEnd = Introduction.meet(target.plan().socket(), TIMEOUT_MS);
        BenchSession session =
                new BenchSession(frontEnd, GuestMemoryFile.ofFixedSize(target.memoryBytes()), target.subject());
        try {
            session.setUp(target);
            return session;
        } catch (FrontEndException e) {
            session.close();
            throw new BenchException("The back end did not take the set-up: " + e.getMessage(), e);
        }
    }

    private void setUp(BenchTarget target) {
        frontEnd.setFeatures(target.features());
        List<RegionDescription> regions = memory.regions().stream()
                .map(r -> new RegionDescription(r.guestAddress(), r.sizeBytes(), r.userAddress(), r.mmapOffset()))
                .toList();
        frontEnd.setMemTable(regions, Collections.nCopies(regions.size(), memory.fd()));
        for (int i = 0; i < target.rings(); i++) {
            DriverQueue queue = DriverQueue.create(memory, target.ringSize(), target.ring(), target.buffers());
            VringFds eventFds = VringFds.create();
            queues.add(queue);
            fds.add(eventFds);
            RingAreas areas = queue.areas();
            VringAddresses addresses =
                    new VringAddresses(areas.descriptorArea(), areas.deviceArea(), areas.driverArea());
            frontEnd.setupVring(i, target.ringSize(), target.ring().packed() ? PACKED_BASE : 0, addresses, eventFds);
        }
        for (int i = 0; i < target.rings(); i++) {
            frontEnd.setVringEnable(i, true);
        }
    }

    GuestMemoryFile memory() {
        return memory;
    }

    Subject subject() {
        return subject;
    }

    /** The ring of a driven queue. */
    DriverQueue queue(int index) {
        return ring(subject.firstRing() + index);
    }

    /** The eventfds of a driven queue. */
    VringFds queueFds(int index) {
        return fds(subject.firstRing() + index);
    }

    /** One of all rings, by the number that the back end knows it by. */
    DriverQueue ring(int index) {
        return queues.get(index);
    }

    /** The eventfds of one of all rings. */
    VringFds fds(int index) {
        return fds.get(index);
    }

    /**
     * Waits, and looks whether the back end is still there.
     *
     * @param timeoutMs how long, in milliseconds
     * @throws BenchException if it has gone away
     */
    void watch(int timeoutMs) throws BenchException {
        Fd socket = frontEnd.wire().fd();
        if (!SocketFd.awaitReadable(socket, timeoutMs)) {
            return;
        }
        try {
            // Nothing has been asked and there is no back channel, so there is nothing to come but the end.
            frontEnd.wire().awaitFrame("the requests").close();
        } catch (FrontEndException e) {
            String what = e.kind() == Kind.CLOSED
                    ? "The back end closed the connection during the run; its log says why."
                    : "The back end has broken the protocol during the run: " + e.getMessage();
            throw new BenchException(what, e);
        }
    }

    /**
     * Looks at the error eventfds.
     *
     * @throws BenchException if the back end has declared a queue broken through one
     */
    void requireUnbroken() throws BenchException {
        for (int i = 0; i < fds.size(); i++) {
            if (EventFd.drain(fds.get(i).err())) {
                throw new BenchException("The back end has declared queue " + i + " broken; its log says why.");
            }
        }
    }

    /**
     * Stops the rings, as a driver that is done.
     *
     * @throws BenchException if the back end does not
     */
    void stop() throws BenchException {
        try {
            for (int i = 0; i < queues.size(); i++) {
                frontEnd.getVringBase(i);
            }
        } catch (FrontEndException e) {
            throw new BenchException("The back end did not stop its queues: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        frontEnd.close();
        fds.forEach(VringFds::close);
        memory.close();
    }
}
