package dev.troupe.runtime.control;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * A device's end of a conversation with an operator. What the device says is sent in {@link TalkPiece}s, so that its end, and
 * a failure, are told apart from what was said. One thread may read while others write.
 */
final class OperatorChannel implements ByteChannel {

    private final SocketChannel socket;

    /** Held while a piece is sent, which must not be torn by another. */
    private final Object sending = new Object();

    OperatorChannel(SocketChannel socket) {
        this.socket = socket;
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        return socket.read(into);
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
        int count = Math.min(from.remaining(), TalkPiece.LONGEST_BYTES);
        if (count > 0) {
            send(TalkPiece.SAID, from.slice(from.position(), count));
            from.position(from.position() + count);
        }
        return count;
    }

    /** Looks whether the operator is there; a write shows it, for one who has nothing more to say may still listen. */
    void look() throws IOException {
        send(TalkPiece.ALIVE, ByteBuffer.allocate(0));
    }

    /** Says that the conversation is over. */
    void end() throws IOException {
        send(TalkPiece.ENDED, ByteBuffer.allocate(0));
    }

    /** Says that the conversation is over, because it failed. */
    void fail(String why) throws IOException {
        byte[] text = why.getBytes(StandardCharsets.UTF_8);
        send(TalkPiece.FAILED, ByteBuffer.wrap(text, 0, Math.min(text.length, TalkPiece.LONGEST_BYTES)));
    }

    private void send(TalkPiece piece, ByteBuffer bytes) throws IOException {
        ByteBuffer[] both = {piece.header(bytes.remaining()), bytes};
        synchronized (sending) {
            while (both[0].hasRemaining() || both[1].hasRemaining()) {
                if (socket.write(both) < 0) {
                    throw new ClosedChannelException();
                }
            }
        }
    }

    @Override
    public boolean isOpen() {
        return socket.isOpen();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
