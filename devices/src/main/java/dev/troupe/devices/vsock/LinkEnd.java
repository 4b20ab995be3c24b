package dev.troupe.devices.vsock;

import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.ring.ChainReader;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/** Something of this process behind a connection: another guest, or an operator. */
final class LinkEnd implements FarEnd {
    private final Connection connection;
    private final Link.Side side;
    private final Pipe out;
    private final EventLoop loop;
    private final String description;
    private final Runnable looking = this::look;
    private final AtomicBoolean planned = new AtomicBoolean();
    private long passedSeen;
    private int endedSeen;
    private boolean acceptedSeen;
    private boolean closed;

    /** To be made on the connection's loop. */
    LinkEnd(Connection connection, Link.Side side, EventLoop loop, String description) {
        this.connection = connection;
        this.side = side;
        this.loop = loop;
        this.description = description;
        this.out = side.open(connection.credit().window());
        side.onChange(this::plan);
        plan();
    }

    /** Looks at the other side soon; any thread. */
    private void plan() {
        if (planned.compareAndSet(false, true)) {
            try {
                loop.execute(looking);
            } catch (RejectedExecutionException e) {
                // The loop has ended, and the device with it.
                planned.set(true);
            }
        }
    }

    private void look() {
        // Before the look, so that what changes from here on plans another one.
        planned.set(false);
        if (closed) {
            return;
        }
        boolean gone = side.otherClosed();
        int ended = side.otherEnded();
        if (side.otherAccepted() && !acceptedSeen) {
            acceptedSeen = true;
            connection.farOpened();
        }
        took();
        if (side.hasIn()) {
            connection.farReadable();
        }
        if (ended != endedSeen) {
            endedSeen = ended;
            connection.farEnds(ended);
        }
        if (gone) {
            connection.farGone();
        }
    }

    private void took() {
        int took = (int) (out.passed() - passedSeen);
        if (took > 0) {
            passedSeen += took;
            connection.farTook(took);
        }
    }

    @Override
    public boolean send(ChainReader payload, int bytes, int flags) {
        if (side.otherClosed()) {
            connection.farTook(bytes);
            return true;
        }
        boolean kept = out.put(payload, bytes, flags);
        side.tell();
        return kept;
    }

    @Override
    public boolean hasData() {
        return side.hasIn();
    }

    @Override
    public Progress receive(RxBuffers buffers, int most) {
        Pipe in = side.in();
        if (in == null) {
            return Progress.NOTHING_LEFT;
        }
        Progress progress = connection.packets().give(in, buffers, most);
        side.tell();
        return progress;
    }

    @Override
    public void accepted() {
        side.accept();
    }

    @Override
    public void shutdown(int flags) {
        side.end(flags);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            side.onChange(() -> {});
            side.close();
        }
    }

    @Override
    public String description() {
        return description;
    }
}
