package dev.troupe.devices.vsock;

import dev.troupe.transport.loop.IoVector;
import dev.troupe.transport.ring.ChainReader;
import dev.troupe.transport.sys.Errno;
import dev.troupe.transport.sys.StreamSocket;

/**
 * A stream socket of the host: bytes go straight between it and the guest's memory, and only what it does not take at once is
 * copied.
 */
final class StreamEnd extends SocketEnd {
    private static final int FIRST_BUFFERS = 4;

    /** How many of the guest's buffers to take for what the socket has: about as many as the last time. */
    private int likelyBuffers = FIRST_BUFFERS;

    /** Whether the socket had less than there was room for, so that hardly anything is left. */
    private boolean drained;

    StreamEnd(EndTools tools, Connection connection, StreamSocket socket, Origin origin) {
        super(tools, connection, socket, origin);
    }

    @Override
    public Progress receive(RxBuffers buffers, int most) {
        RxBatch batch = tools.batch();
        if (!batch.gather(buffers, drained ? 1 : likelyBuffers, most)) {
            return Progress.NO_BUFFER;
        }
        int room = batch.roomBytes();
        int received = batch.fillFrom(socket);
        learn(room, received, batch.deliver(buffers, connection, received));
        return received > 0 ? Progress.MORE : notReceived(received);
    }

    /** Buffers that are taken and given back cost nearly as much as those that are filled. */
    private void learn(int roomBytes, int received, int filledBuffers) {
        if (received == roomBytes) {
            likelyBuffers = Math.min(2 * likelyBuffers, RxBatch.MOST_BUFFERS);
        } else if (received > 0 && !drained) {
            likelyBuffers = Math.clamp(filledBuffers + 1L, FIRST_BUFFERS, RxBatch.MOST_BUFFERS);
        }
        drained = received > 0 && received < roomBytes;
    }

    @Override
    public boolean send(ChainReader payload, int bytes, int flags) {
        if (isSendingOver()) {
            connection.farTook(bytes);
            return true;
        }
        int sent = backlog().isEmpty() ? sendNow(payload, bytes) : 0;
        if (sent < bytes && !isSendingOver()) {
            payload.seek(VsockWire.HEADER_SIZE + (long) sent);
            backlog().put(payload, bytes - sent, 0);
            awaitSocket();
        }
        return true;
    }

    private int sendNow(ChainReader payload, int bytes) {
        IoVector vector = tools.vector();
        payload.addTo(vector, bytes);
        int result = vector.sendTo(socket);
        if (result < 0 && result != -Errno.EAGAIN && result != -Errno.EINTR) {
            notSent(result);
            connection.farTook(bytes);
            return 0;
        }
        int sent = Math.max(0, result);
        connection.farTook(sent);
        return sent;
    }

    @Override
    boolean holdsUnsent() {
        return !backlog().isEmpty();
    }

    @Override
    int flush() {
        IoVector vector = tools.vector();
        backlog().gather(vector);
        int result = vector.sendTo(socket);
        if (result > 0) {
            backlog().drop(result);
        }
        return result;
    }
}
