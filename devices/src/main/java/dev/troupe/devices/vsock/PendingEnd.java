package dev.troupe.devices.vsock;

import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.loop.Watch;
import dev.troupe.transport.ring.ChainReader;
import dev.troupe.transport.sys.StreamSocket;

/** A far end that is being connected: there is nothing to send or receive yet. */
abstract class PendingEnd implements FarEnd, Watch.Listener {
    private final StreamSocket socket;
    private final Watch watch;
    private boolean over;

    PendingEnd(EventLoop loop, StreamSocket socket) {
        this.socket = socket;
        this.watch = loop.watchStream(socket.fd(), this);
        watch.awaitWritable();
    }

    /** The socket is connected, and the heir's. */
    abstract void connected();

    /** It could not be connected. */
    abstract void failed(int errno);

    @Override
    public void ready() {}

    @Override
    public void writable() {
        end();
    }

    @Override
    public void hungUp() {
        end();
    }

    private void end() {
        if (over) {
            return;
        }
        over = true;
        watch.cancel();
        int errno = socket.error();
        if (errno == 0) {
            connected();
        } else {
            socket.close();
            failed(errno);
        }
    }

    @Override
    public void close() {
        if (!over) {
            over = true;
            watch.cancel();
            socket.close();
        }
    }

    @Override
    public boolean send(ChainReader payload, int bytes, int flags) {
        return false;
    }

    @Override
    public boolean hasData() {
        return false;
    }

    @Override
    public Progress receive(RxBuffers buffers, int most) {
        return Progress.NOTHING_LEFT;
    }

    @Override
    public void accepted() {}

    @Override
    public void shutdown(int flags) {}

    @Override
    public String description() {
        return "connecting";
    }
}
