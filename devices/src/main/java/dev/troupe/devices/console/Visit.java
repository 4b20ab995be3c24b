package dev.troupe.devices.console;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.devices.operator.LoopCall;
import dev.troupe.transport.loop.EventLoop;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Somebody at a port: an operator, or a client of its socket. What he says goes to the guest, at the guest's pace; he sees
 * what the guest writes, at his own. Runs on a thread of its own, which it blocks.
 */
final class Visit {
    private final Port port;
    private final EventLoop loop;
    private final LoopCall calls;
    private final ByteChannel channel;
    private final CompletableFuture<Boolean> over = new CompletableFuture<>();
    private final Runnable end = this::end;
    private final Runnable makeRoom = this::makeRoom;

    // What follows belongs to the loop.

    private @Nullable Outlet outlet;
    private boolean left;

    /** What to run when the guest has taken what was written last. */
    private @Nullable Runnable pending;

    Visit(Port port, EventLoop loop, ByteChannel channel) {
        this.port = port;
        this.loop = loop;
        this.calls = new LoopCall(loop);
        this.channel = channel;
    }

    /**
     * Stays until the visitor goes away or the port closes. That he has nothing more to say does not end it, unless another
     * one needs the room.
     *
     * @param replay whether he first gets what is kept of what the guest wrote before
     * @param holdsGuest whether the guest waits for him
     * @throws DeviceException if there are too many already
     */
    void stay(boolean replay, boolean holdsGuest) throws IOException, DeviceException {
        try {
            calls.call(() -> {
                enter(replay, holdsGuest);
                return true;
            });
            passOn();
        } finally {
            try {
                loop.execute(this::leave);
            } catch (RejectedExecutionException e) {
                // The loop ended, and the port with it.
            }
        }
    }

    private void enter(boolean replay, boolean holdsGuest) throws DeviceException {
        if (left) {
            throw new DeviceException("The loop took too long.");
        }
        long from = replay ? port.log().oldest() : port.log().written();
        Outlet entering = new ChannelOutlet(port, loop, channel, from, holdsGuest, new ChannelOutlet.Listener() {
            @Override
            public void reached(long position) {}

            @Override
            public void failed(IOException cause) {
                end();
            }
        });
        if (!port.add(entering)) {
            throw new DeviceException("Port '" + port.settings().name() + "' has closed, or has " + Port.MOST_OUTLETS
                    + " readers already; more are not allowed.");
        }
        outlet = entering;
        port.visited(1);
        port.onClose(end);
    }

    private void leave() {
        left = true;
        Outlet entered = outlet;
        if (entered != null) {
            outlet = null;
            port.remove(entered);
            port.visited(-1);
            port.offClose(end);
            port.hasLeft(makeRoom);
        }
    }

    /** What the guest has not taken goes with him, or many who came and went would fill the memory. */
    private void makeRoom() {
        Runnable waiting = pending;
        if (waiting != null) {
            port.takeBack(waiting);
        }
        leave();
        end();
    }

    /** The next words are read while the last ones wait for the guest, so that the end of them is seen in any case. */
    private void passOn() throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(PortInput.CHUNK_BYTES);
        CompletableFuture<Boolean> taken = CompletableFuture.completedFuture(true);
        while (channel.read(buffer.clear()) >= 0) {
            byte[] bytes = Arrays.copyOf(buffer.array(), buffer.position());
            await(CompletableFuture.anyOf(taken, over));
            if (over.isDone()) {
                return;
            }
            if (bytes.length > 0) {
                CompletableFuture<Boolean> next = new CompletableFuture<>();
                loop.execute(() -> write(bytes, next));
                taken = next;
            }
        }
        loop.execute(() -> {
            if (!left) {
                port.fellSilent(makeRoom);
            }
        });
        await(over);
    }

    private void write(byte[] bytes, CompletableFuture<Boolean> taken) {
        Runnable done = () -> taken.complete(true);
        pending = done;
        port.write(bytes, done);
    }

    /** An operator who has nothing more to say may go away all the same, which interrupts the thread. */
    private static void await(CompletableFuture<?> what) throws InterruptedIOException {
        try {
            what.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("the visitor has gone away");
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    /** The channel is closed too, for a read may wait for it. */
    private void end() {
        over.complete(true);
        Thread.startVirtualThread(() -> {
            try {
                channel.close();
            } catch (IOException e) {
                // Whoever reads it finds out.
            }
        });
    }
}
