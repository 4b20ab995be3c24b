package dev.troupe.actors.queue;

import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.actors.device.ReplayRule;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.transport.loop.BusyPoll;
import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.loop.IoScope;
import dev.troupe.transport.loop.Watch;
import dev.troupe.transport.ring.DescriptorChain;
import dev.troupe.transport.ring.VirtQueue;
import org.jspecify.annotations.Nullable;

/**
 * Walks one ring: takes available chains, calls the device's handler, publishes what is completed and calls the driver
 * once a turn. Runs entirely on the queue's event loop, called by the loop when the driver kicks and when the kernel has
 * finished an operation, and by the queue's actor, whose thread the loop is.
 *
 * <p>Whatever fails in here is reported once; from then on the runner does nothing until it is abandoned.
 */
final class QueueRunner implements QueueContext, Watch.Listener, BusyPoll {

    /**
     * How many requests a queue takes in its first turn after a rest: the driver shall soon have something to do as well,
     * rather than wait for all that it has made available.
     */
    private static final int FIRST_TURN = 8;

    /** How many requests a queue may take in a row before its neighbours on the loop have their turn. */
    private static final int LONGEST_TURN = 64;

    private final QueueSeat seat;
    private final EventLoop loop;
    private final QueueLoop handlersLoop;
    private final Owner owner;
    private final VirtQueue ring;
    private final IoScope io;
    private final QueueHandler handler;
    private final long busyPollNanos;
    private final ReplayRule replayRule;
    private final Runnable turn = this::takeTurn;
    private final KickSource kicks;
    private final ChainReturn returns;
    private int turnLength = FIRST_TURN;
    private boolean turnPlanned;
    private boolean held;
    private boolean holdUntold;
    private boolean fetching;
    private boolean failed;
    private boolean kicksArmed;
    private boolean awake;

    /** Whom a runner belongs to; called on the event loop. */
    interface Owner {
        /** The runner failed, once, and does nothing any more. */
        void failed(QueueRunner runner, Throwable cause);

        /** The driver wants a call, which has to go as a message. */
        void callWanted();
    }

    private QueueRunner(QueueSeat seat, VirtioDevice device, EventLoop loop, Owner owner) {
        this.seat = seat;
        this.loop = loop;
        this.handlersLoop = new QueueLoop(loop, this::fail);
        this.owner = owner;
        this.ring = seat.openRing();
        this.io = loop.openScope(
                seat.policy().deviceName() + " queue " + seat.ring().index(), this::fail);
        this.kicks = new KickSource(loop, this);
        this.returns = new ChainReturn(seat, loop, ring, owner::callWanted, this::fail);
        this.busyPollNanos = seat.policy().busyPoll().toNanos();
        this.replayRule = device.replayRule();
        this.handler = openHandler(device);
    }

    /**
     * Opens the ring and the device's handler.
     *
     * @param owner hears what the runner cannot do itself
     * @return the runner, which does nothing before {@link #start}
     * @throws RuntimeException whatever the ring or the device throws; nothing stays open then
     */
    static QueueRunner open(QueueSeat seat, VirtioDevice device, EventLoop loop, Owner owner) {
        return new QueueRunner(seat, device, loop, owner);
    }

    private QueueHandler openHandler(VirtioDevice device) {
        try {
            return device.openQueue(this);
        } catch (Throwable e) {
            io.abandon(ring::close);
            throw e;
        }
    }

    /** Starts to listen for kicks and to take chains; the first look at the ring comes without a kick. */
    void start() {
        fetching = true;
        kicks.open(seat.kick(), seat.policy().messaged());
        planTurn();
        if (busyPollNanos > 0) {
            loop.setBusyPoll(this, busyPollNanos);
        }
    }

    /** The loop asks whether there are chains that the driver was told not to kick for. */
    @Override
    public boolean poll() {
        if (!fetching || failed || turnPlanned) {
            return false;
        }
        try {
            if (held) {
                awaitKick();
            } else if (ring.hasAvailable()) {
                takeTurn();
                return true;
            }
            return false;
        } catch (Throwable e) {
            fail(e);
            return true;
        }
    }

    /** From now on the driver has to kick again. */
    @Override
    public void aboutToSleep() {
        awake = false;
        if (fetching && !failed) {
            try {
                awaitKick();
            } catch (Throwable e) {
                fail(e);
            }
        }
    }

    /** The driver kicked. */
    @Override
    public void ready() {
        if (!turnPlanned) {
            takeTurn();
        }
    }

    private void planTurn() {
        if (!turnPlanned) {
            turnPlanned = true;
            loop.execute(turn);
        }
    }

    private void takeTurn() {
        turnPlanned = false;
        if (!fetching || failed) {
            return;
        }
        try {
            if (held) {
                holdUntold = false;
                handler.available();
                sleepUnlessMore();
                return;
            }
            ring.disableKicks();
            kicksArmed = false;
            returns.publishEarly();
            if (takeChains()) {
                turnLength = Math.min(2 * turnLength, LONGEST_TURN);
                planTurn();
            } else {
                turnLength = FIRST_TURN;
                sleepUnlessMore();
            }
        } catch (Throwable e) {
            fail(e);
        }
    }

    /** Hands chains over; true if there may be more than one turn allows. */
    private boolean takeChains() {
        for (int taken = 0; taken < turnLength; taken++) {
            if (held || !fetching) {
                return false;
            }
            DescriptorChain chain = ring.next();
            if (chain == null) {
                return false;
            }
            hand(chain);
        }
        return true;
    }

    private void hand(DescriptorChain chain) {
        switch (chain.resubmitted() ? replayRule : ReplayRule.REPEAT) {
            case REPEAT -> handler.handle(chain);
            case ONCE -> handler.interrupted(chain);
            case DROP -> complete(chain, 0);
        }
    }

    /** Goes on when the loop's next look finds something; the driver has to kick only once the loop sleeps. */
    private void sleepUnlessMore() {
        if (failed) {
            return;
        }
        if (held) {
            kicksArmed = false;
            awaitKick();
        } else if (!awake && busyPollNanos == 0) {
            awake = true;
            loop.stayAwake(this);
        }
    }

    /** Asks for a kick unless that has been done, and goes on if a chain is there already. */
    private void awaitKick() {
        // A handler on hold hears once of what lay in the ring then, for which no kick may come. What it leaves there
        // then it leaves by choice.
        if (!kicksArmed && askForKick() && fetching && (!held || holdUntold)) {
            planTurn();
        }
    }

    /**
     * From here on the driver has to kick for its next chain, wherever in the ring a kick was asked for before.
     *
     * @return true if a chain came in the meantime, for which there may be no kick
     */
    private boolean askForKick() {
        kicksArmed = true;
        return ring.enableKicks();
    }

    @Override
    public int index() {
        return seat.ring().index();
    }

    @Override
    public int size() {
        return seat.ring().size();
    }

    @Override
    public long driverFeatures() {
        return seat.ring().driverFeatures();
    }

    @Override
    public EventLoop loop() {
        return handlersLoop;
    }

    @Override
    public IoScope io() {
        return io;
    }

    @Override
    public void complete(DescriptorChain chain, long writtenBytes) {
        try {
            returns.complete(chain, writtenBytes);
        } catch (Throwable e) {
            // It may be a task or timer of the device's that calls, and then nobody else would tell of it.
            fail(e);
        }
    }

    @Override
    public void countError() {
        seat.monitor().countError();
    }

    @Override
    public void hold() {
        if (!held) {
            held = true;
            holdUntold = true;
        }
    }

    @Override
    public void release() {
        if (held) {
            held = false;
            planTurn();
        }
    }

    @Override
    public @Nullable DescriptorChain take() {
        if (!fetching || failed) {
            return null;
        }
        try {
            DescriptorChain chain = ring.next();
            // A handler on hold that finds nothing left waits to be told that there is more.
            while (chain == null && held && askForKick()) {
                chain = ring.next();
            }
            return chain;
        } catch (Throwable e) {
            fail(e);
            return null;
        }
    }

    /** Stops to take chains; those under way go on. */
    void pause() {
        fetching = false;
        if (busyPollNanos > 0) {
            loop.setBusyPoll(this, 0);
        }
        kicks.close();
    }

    /** Stops to take chains and calls back, once, when no chain is on loan any more; at once if none is. */
    void drain(Runnable whenEmpty) {
        pause();
        returns.whenDrained(whenEmpty);
        try {
            handler.drain();
        } catch (Throwable e) {
            fail(e);
            return;
        }
        returns.lookWhetherDrained();
    }

    /** How many chains are on loan. */
    int outstanding() {
        return ring.outstanding();
    }

    /** The memory for chains from now on, and for the ring itself. */
    void swapMemory() {
        ring.swapMemory(seat.memory());
    }

    /** The kick eventfd changed. */
    void swapKick() {
        kicks.close();
        if (fetching) {
            start();
        }
    }

    void swapDirtyLog() {
        ring.logDirtyPages(seat.dirtyLog(), seat.logAddress());
    }

    private void fail(Throwable cause) {
        if (!failed) {
            end();
            pause();
            owner.failed(this, cause);
        }
    }

    private void end() {
        failed = true;
        returns.end();
    }

    /**
     * Ends the runner: what was completed is published, no completion reaches the handler any more, and once the kernel
     * has finished with the guest's memory the seat is told and the callback runs. Unfinished requests stay in the
     * in-flight log.
     */
    void leave(Runnable whenQuiet) {
        pause();
        boolean ringUsable = !seat.broken();
        end();
        seat.runnerLeaves();
        if (ringUsable) {
            returns.publishLast();
        }
        io.abandon(() -> {
            seat.base(ring.base());
            // The log may be another one by now; what was written for requests left undone is marked by closing.
            swapDirtyLog();
            ring.close();
            seat.runnerLeft();
            whenQuiet.run();
        });
        closeHandler();
    }

    private void closeHandler() {
        try {
            handler.close();
        } catch (Throwable e) {
            owner.failed(this, e);
        }
    }
}
