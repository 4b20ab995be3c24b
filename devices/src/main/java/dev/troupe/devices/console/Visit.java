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

    Visit(Port port, EventLoop loop, ByteChannel channel) {
        this.port = port;
        this.loop = loop;
        this.calls = new LoopCall(loop);
        this.channel = channel;
    }

    /**
     * Stays until the visitor goes away or the port closes. That he has nothing more to say does not end it.
     *
     * @param replay whether he first gets what is kept of what the guest wrote before
     * @param holdsGuest whether the guest waits for him
     * @throws DeviceException if there are too many already
     */
    void stay(boolean replay, boolean holdsGuest) throws IOException, DeviceException {
        Outlet outlet = calls.call(() -> enter(replay, holdsGuest));
        try {
            passOn();
        } finally {
            try {
                loop.execute(() -> leave(outlet));
            } catch (RejectedExecutionException e) {
                // The loop ended, and the port with it.
            }
        }
    }

    private Outlet enter(boolean replay, boolean holdsGuest) throws DeviceException {
        long from = replay ? port.log().oldest() : port.log().written();
        Outlet outlet = new ChannelOutlet(port, loop, channel, from, holdsGuest, new ChannelOutlet.Listener() {
            @Override
            public void reached(long position) {}

            @Override
            public void failed(IOException cause) {
                end();
            }
        });
        if (!port.add(outlet)) {
            throw new DeviceException("Port '" + port.settings().name() + "' has " + Port.MOST_OUTLETS
                    + " readers already; more are not allowed.");
        }
        port.visited(1);
        port.onClose(end);
        return outlet;
    }

    private void leave(Outlet outlet) {
        port.remove(outlet);
        port.visited(-1);
        port.offClose(end);
    }

    private void passOn() throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(PortInput.CHUNK_BYTES);
        while (channel.read(buffer.clear()) >= 0) {
            byte[] bytes = Arrays.copyOf(buffer.array(), buffer.position());
            if (bytes.length > 0) {
                CompletableFuture<Boolean> taken = new CompletableFuture<>();
                loop.execute(() -> port.write(bytes, () -> taken.complete(true)));
                await(CompletableFuture.anyOf(taken, over));
            }
            if (over.isDone()) {
                return;
            }
        }
        await(over);
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
