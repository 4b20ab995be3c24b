package dev.troupe.devices.console;

import dev.troupe.devices.filling.FillingQueue;
import dev.troupe.transport.ring.ChainReader;
import dev.troupe.transport.ring.ChainWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * One port: what the guest has written and who reads it, what is written for the guest, and which of both ends is open. Loop
 * thread only.
 */
final class Port {
    /** No more may read a port at the same time. */
    static final int MOST_OUTLETS = 16;

    private final int number;
    private final PortSettings settings;
    private final PortLog log;
    private final Runnable openChanged;
    private final PortInput input = new PortInput();
    private final List<Outlet> outlets = new ArrayList<>();
    private final List<Runnable> closing = new ArrayList<>();

    /** Those who have nothing more to say, and perhaps have gone; the first has been so for the longest time. */
    private final List<Runnable> silent = new ArrayList<>();

    private Runnable inputWaiter = () -> {};
    private Runnable outputWaiter = () -> {};
    private boolean guestOpen;
    private boolean closed;
    private int visitors;

    /** @param openChanged is run when {@link #hostOpen()} may have changed */
    Port(int number, PortSettings settings, PortLog log, Runnable openChanged) {
        this.number = number;
        this.settings = settings;
        this.log = log;
        this.openChanged = openChanged;
    }

    int number() {
        return number;
    }

    PortSettings settings() {
        return settings;
    }

    PortLog log() {
        return log;
    }

    /** Whether a program of the guest has the port open, or its kernel for a terminal. */
    boolean guestOpen() {
        return guestOpen;
    }

    /** The guest has opened or closed its end. What is written for it waits while that is closed. */
    void guestOpen(boolean open) {
        guestOpen = open;
        if (open) {
            inputWaiter.run();
        }
    }

    /** Whether somebody is at the host's end, as far as the guest is concerned: a target that comes and goes, or not. */
    boolean hostOpen() {
        return !settings.target().comesAndGoes() || visitors > 0;
    }

    /** How many visitors there are. */
    int visitors() {
        return visitors;
    }

    /** Who is told when the guest may write on. */
    void onRoom(Runnable waiter) {
        outputWaiter = waiter;
    }

    /** Has something written for the guest; {@code done} is run when it has taken it, or never will. */
    void write(byte[] bytes, Runnable done) {
        if (closed) {
            done.run();
            return;
        }
        input.add(bytes, done);
        inputWaiter.run();
    }

    /** What was to be written with this {@code done} is not, as far as the guest has not taken it. */
    void takeBack(Runnable done) {
        input.drop(done);
    }

    /** How many bytes wait for the guest. */
    long waitingBytes() {
        return input.bytes();
    }

    /** What fills the driver's buffers of the receiveq. */
    FillingQueue.Supply supply() {
        return new FillingQueue.Supply() {
            @Override
            public boolean hasMore() {
                return guestOpen && !input.isEmpty();
            }

            @Override
            public int leastBytes() {
                return 1;
            }

            @Override
            public int fill(ChainWriter buffer) {
                return input.moveInto(buffer);
            }

            @Override
            public void onMore(Runnable waiter) {
                inputWaiter = waiter;
            }
        };
    }

    /** How many bytes the guest may write before somebody who holds it would miss some. */
    int room() {
        long room = log.capacity();
        for (int i = 0; i < outlets.size(); i++) {
            Outlet outlet = outlets.get(i);
            if (outlet.holdsGuest()) {
                room = Math.min(room, log.capacity() - (log.written() - outlet.position()));
            }
        }
        return (int) Math.max(0, room);
    }

    /** Takes what the guest writes: the next bytes of a request, at most the log's capacity. */
    void append(ChainReader from, int bytes) {
        log.append(from, bytes);
        pumpAll();
    }

    /** Takes one byte that the guest wrote without a queue. */
    void append(byte value) {
        log.append(value);
        pumpAll();
    }

    private void pumpAll() {
        for (int i = 0; i < outlets.size(); i++) {
            outlets.get(i).pump();
        }
    }

    /** Somebody who holds the guest has got more. */
    void roomMade() {
        outputWaiter.run();
    }

    /** Somebody reads from now on; false if too many do, all of whom may still say something, or the port has closed. */
    boolean add(Outlet outlet) {
        if (outlets.size() >= MOST_OUTLETS && !silent.isEmpty()) {
            silent.removeFirst().run();
        }
        if (closed || outlets.size() >= MOST_OUTLETS) {
            return false;
        }
        outlets.add(outlet);
        outlet.pump();
        return true;
    }

    /** Somebody reads no more; the guest need not wait for him. */
    void remove(Outlet outlet) {
        outlet.end();
        if (outlets.remove(outlet)) {
            outputWaiter.run();
        }
    }

    /** Somebody has come to the host's end, or gone. */
    void visited(int change) {
        visitors += change;
        openChanged.run();
    }

    /**
     * A visitor has nothing more to say. Whether he still listens only writing tells, so he has to make room when another one
     * comes and there is none left.
     *
     * @param makeRoom ends his visit, at once
     */
    void fellSilent(Runnable makeRoom) {
        silent.add(makeRoom);
    }

    /** How many visitors have nothing more to say. */
    int silentVisitors() {
        return silent.size();
    }

    /** {@link #fellSilent} is off. */
    void hasLeft(Runnable makeRoom) {
        silent.remove(makeRoom);
    }

    /** Who is told when the port closes. */
    void onClose(Runnable task) {
        closing.add(task);
    }

    /** {@link #onClose} is off. */
    void offClose(Runnable task) {
        closing.remove(task);
    }

    /** Ends everything, for good. */
    void close() {
        closed = true;
        closing.forEach(Runnable::run);
        List.copyOf(outlets).forEach(this::remove);
        input.clear();
        log.close();
    }
}
