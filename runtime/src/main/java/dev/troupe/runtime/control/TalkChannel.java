package dev.troupe.runtime.control;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;

/**
 * The operator's end of a conversation with a device. One thread may read while another writes; closing it ends both.
 */
public final class TalkChannel implements ByteChannel {

    private final SocketChannel channel;
    private final ByteBuffer early;

    /**
     * Wraps a connection.
     *
     * @param early what the device has said already
     */
    TalkChannel(SocketChannel channel, ByteBuffer early) {
        this.channel = channel;
        this.early = early;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        if (!early.hasRemaining()) {
            return channel.read(into);
        }
        int count = Math.min(early.remaining(), into.remaining());
        into.put(early.slice().limit(count));
        early.position(early.position() + count);
        return count;
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
        return channel.write(from);
    }

    /** The operator has nothing more to say, but still listens. */
    public void endOutput() throws IOException {
        channel.shutdownOutput();
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
