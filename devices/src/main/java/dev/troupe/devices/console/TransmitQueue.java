package dev.troupe.devices.console;

import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.transport.ring.ChainReader;
import dev.troupe.transport.ring.DescriptorChain;
import java.util.ArrayDeque;

/** A port's transmitq: what the guest writes goes into the log as far as there is room, in order; the rest waits. */
final class TransmitQueue implements QueueHandler {
    /** So much is copied before others on the loop have their turn. */
    private static final int BYTES_A_TURN = 64 << 10;

    private final Port port;
    private final QueueContext context;
    private final ArrayDeque<DescriptorChain> waiting;
    private boolean goingOn;
    private boolean pumping;
    private boolean closed;

    TransmitQueue(Port port, QueueContext context) {
        this.port = port;
        this.context = context;
        this.waiting = new ArrayDeque<>(context.size());
        port.onRoom(this::pump);
    }

    @Override
    public void handle(DescriptorChain chain) {
        waiting.add(chain);
        pump();
    }

    private void pump() {
        if (pumping || closed || goingOn) {
            return;
        }
        pumping = true;
        try {
            int left = BYTES_A_TURN;
            while (!waiting.isEmpty() && left > 0) {
                ChainReader from = waiting.element().readable();
                int bytes = (int) Math.min(from.remaining(), Math.min(left, port.room()));
                if (bytes == 0 && from.remaining() > 0) {
                    return;
                }
                port.append(from, bytes);
                left -= Math.max(1, bytes);
                completeIfDone();
            }
            if (!waiting.isEmpty()) {
                goingOn = true;
                context.loop().execute(this::goOn);
            }
        } finally {
            pumping = false;
        }
    }

    private void goOn() {
        goingOn = false;
        pump();
    }

    private void completeIfDone() {
        if (waiting.element().readable().remaining() == 0) {
            DescriptorChain chain = waiting.remove();
            if (chain.readable().lengthBytes() == 0) {
                context.countError();
            }
            context.complete(chain, 0);
        }
    }

    /**
     * Whoever holds the guest cannot hold up its end: he misses what there is no room for. Of all that waits no more is copied
     * than the log can hold, for a guest can have a ring full of long requests.
     */
    @Override
    public void drain() {
        long tooMuch = -port.log().capacity();
        for (DescriptorChain chain : waiting) {
            tooMuch += chain.readable().remaining();
        }
        while (!waiting.isEmpty()) {
            ChainReader from = waiting.element().readable();
            long skipped = Math.clamp(tooMuch, 0, from.remaining());
            from.skip(skipped);
            tooMuch -= skipped;
            port.append(from, (int) from.remaining());
            completeIfDone();
        }
    }

    @Override
    public void close() {
        closed = true;
        port.onRoom(() -> {});
    }
}
