package dev.troupe.devices.console;

import dev.troupe.transport.loop.EventLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.RejectedExecutionException;

/** Writes a log to a channel that may block: a piece at a time, each on a virtual thread of its own. */
final class ChannelOutlet implements Outlet {
    private static final int PIECE_BYTES = 16 << 10;

    private final Port port;
    private final EventLoop loop;
    private final WritableByteChannel channel;
    private final boolean holdsGuest;
    private final Listener listener;
    private final ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES);
    private long position;
    private boolean writing;
    private boolean ended;

    /** Who hears of it, on the loop. */
    interface Listener {
        /** The channel has got all bytes up to here. */
        void reached(long position);

        /** The channel takes nothing more. */
        void failed(IOException cause);
    }

    /** @param position from where on the log is written */
    ChannelOutlet(
            Port port,
            EventLoop loop,
            WritableByteChannel channel,
            long position,
            boolean holdsGuest,
            Listener listener) {
        this.port = port;
        this.loop = loop;
        this.channel = channel;
        this.position = position;
        this.holdsGuest = holdsGuest;
        this.listener = listener;
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public boolean holdsGuest() {
        return holdsGuest;
    }

    @Override
    public void pump() {
        if (writing || ended) {
            return;
        }
        position = Math.max(position, port.log().oldest());
        piece.clear();
        if (port.log().read(position, piece) > 0) {
            writing = true;
            piece.flip();
            Thread.startVirtualThread(this::write);
        }
    }

    /** On a thread of its own; the loop leaves the piece alone meanwhile. */
    private void write() {
        try {
            while (piece.hasRemaining()) {
                channel.write(piece);
            }
            loop.execute(this::written);
        } catch (IOException e) {
            tell(() -> failed(e));
        } catch (RejectedExecutionException e) {
            // The loop ended, and the port with it.
        }
    }

    private void tell(Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            // As above.
        }
    }

    private void written() {
        writing = false;
        position += piece.limit();
        if (!ended) {
            listener.reached(position);
            pump();
            port.roomMade();
        }
    }

    private void failed(IOException cause) {
        writing = false;
        if (!ended) {
            listener.failed(cause);
        }
    }

    @Override
    public void end() {
        ended = true;
    }
}
