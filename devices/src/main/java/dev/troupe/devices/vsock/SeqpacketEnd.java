package dev.troupe.devices.vsock;

import dev.troupe.transport.loop.IoVector;
import dev.troupe.transport.ring.ChainReader;
import dev.troupe.transport.sys.Errno;
import dev.troupe.transport.sys.StreamSocket;

/**
 * A socket of the host that keeps messages apart (SOCK_SEQPACKET): the guest's packets are put together to messages, and the
 * host's messages are cut to the guest's buffers. Unix sockets know no ends of records, so those are lost.
 */
final class SeqpacketEnd extends SocketEnd {
    private final Pipe arrived;

    SeqpacketEnd(EndTools tools, Connection connection, StreamSocket socket, Origin origin) {
        super(tools, connection, socket, origin);
        socket.setSendBuffer(2 * connection.credit().window());
        arrived = new Pipe(tools.memory(), true, connection.credit().window());
    }

    @Override
    public boolean hasData() {
        return !arrived.isEmpty() || super.hasData();
    }

    @Override
    public Progress receive(RxBuffers buffers, int most) {
        if (arrived.isEmpty()) {
            int result = fetch();
            if (arrived.isEmpty()) {
                arrived.release();
                return notReceived(result);
            }
        }
        Progress progress = connection.packets().give(arrived, buffers, most);
        return progress == Progress.NO_BUFFER ? progress : Progress.MORE;
    }

    /** Fetches one message: 0 at the end, or -errno. */
    private int fetch() {
        int bytes = socket.nextMessageBytes();
        if (bytes < 0 || (bytes == 0 && socket.isEnded())) {
            return bytes;
        }
        if (bytes > arrived.room()) {
            return -Errno.EMSGSIZE;
        }
        IoVector vector = tools.vector();
        arrived.reserve(vector, Math.max(1, bytes));
        int received = vector.receiveFrom(socket);
        if (received >= 0) {
            arrived.commit(received, VsockWire.VIRTIO_VSOCK_SEQ_EOM);
        }
        return received;
    }

    @Override
    public boolean send(ChainReader payload, int bytes, int flags) {
        if (isSendingOver()) {
            connection.farTook(bytes);
            return true;
        }
        boolean waits = holdsUnsent();
        if (!backlog().put(payload, bytes, flags)) {
            return false;
        }
        if (!waits) {
            writable();
        }
        return true;
    }

    @Override
    boolean holdsUnsent() {
        return backlog().holdsMessage();
    }

    @Override
    int flush() {
        int result = 0;
        while (result >= 0 && backlog().holdsMessage()) {
            IoVector vector = tools.vector();
            if (!backlog().gatherMessage(vector)) {
                return -Errno.EMSGSIZE;
            }
            result = vector.count() == 0 ? socket.sendEmpty() : vector.sendTo(socket);
            if (result >= 0) {
                backlog().dropMessage();
            }
        }
        return result;
    }

    @Override
    public void close() {
        arrived.clear();
        arrived.release();
        super.close();
    }
}
