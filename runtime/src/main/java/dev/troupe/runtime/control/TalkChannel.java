package dev.troupe.runtime.control;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * The operator's end of a conversation with a device. One thread may read while another writes; closing it ends both.
 */
public final class TalkChannel implements ByteChannel {

    private final SocketChannel channel;
    private final ByteBuffer early;
    private final ByteBuffer header = ByteBuffer.allocate(TalkPiece.HEADER_BYTES);

    /** What is to come of a piece that the device says. */
    private int left;

    private boolean ended;

    /**
     * Wraps a connection.
     *
     * @param early what the device has said already
     */
    TalkChannel(SocketChannel channel, ByteBuffer early) {
        this.channel = channel;
        this.early = early;
    }

    /**
     * What the device says; -1 once it has ended the conversation.
     *
     * @throws TalkFailedException if the conversation failed
     * @throws EOFException if the device or its daemon has gone away
     */
    @Override
    public int read(ByteBuffer into) throws IOException {
        while (left == 0 && !ended) {
            next();
        }
        if (ended) {
            return -1;
        }
        int limit = into.limit();
        into.limit(into.position() + Math.min(left, into.remaining()));
        try {
            int count = receive(into);
            left -= count;
            return count;
        } finally {
            into.limit(limit);
        }
    }

    /** Takes the beginning of the next piece. */
    private void next() throws IOException {
        fill(header.clear());
        int length = TalkPiece.length(header);
        switch (piece()) {
            case SAID -> left = length;
            case ALIVE -> fill(ByteBuffer.allocate(length));
            case ENDED -> ended = true;
            case FAILED -> {
                ended = true;
                ByteBuffer text = ByteBuffer.allocate(length);
                fill(text);
                throw new TalkFailedException(
                        StandardCharsets.UTF_8.decode(text.flip()).toString());
            }
        }
    }

    private TalkPiece piece() throws IOException {
        try {
            return TalkPiece.of(header);
        } catch (IllegalArgumentException e) {
            throw new IOException("the daemon sent " + e.getMessage(), e);
        }
    }

    private void fill(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            receive(bytes);
        }
    }

    private int receive(ByteBuffer into) throws IOException {
        if (!early.hasRemaining()) {
            int count = channel.read(into);
            if (count < 0) {
                throw new EOFException("the device or its daemon has gone away");
            }
            return count;
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
