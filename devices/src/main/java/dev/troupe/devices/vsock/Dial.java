package dev.troupe.devices.vsock;

import dev.troupe.actors.device.Conversation;
import dev.troupe.actors.device.DeviceException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** An operator at one side of a {@link Link}; a port of the guest's is at the other. Each of its two threads may block. */
final class Dial implements Conversation {
    private static final int WINDOW = 64 << 10;

    private final Link.Side side;
    private final Pipe out;

    /** What the reading and the writing thread wait for: that something has changed on the other side. */
    private final Semaphore readerChange = new Semaphore(0);

    private final Semaphore writerChange = new Semaphore(0);

    /** How many of the two threads still use the side; the last one closes it. */
    private final AtomicInteger users = new AtomicInteger(2);

    private volatile boolean ended;

    private final Link link;
    private final Consumer<Link.Side> callee;

    /** @param callee connects the other side with a port of the guest's, or closes it */
    Dial(Link link, Consumer<Link.Side> callee) {
        this.link = link;
        this.callee = callee;
        this.side = link.caller();
        this.out = side.open(WINDOW);
        side.onChange(() -> {
            wake(readerChange);
            wake(writerChange);
        });
    }

    /** One permit says as much as many; they would add up where nobody takes them. */
    private static void wake(Semaphore change) {
        if (change.availablePermits() == 0) {
            change.release();
        }
    }

    /** The port that an operator names. */
    static int port(String text) throws DeviceException {
        try {
            long port = Long.parseLong(text);
            if (port >= 0 && port <= VsockWire.PORT_LAST) {
                return (int) port;
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw new DeviceException("'" + text + "' is no port; a port is a number from 0 to 4294967294.");
    }

    @Override
    public void run(ByteChannel operator) throws IOException, DeviceException {
        callee.accept(link.callee());
        Thread.ofVirtual().name("vsock-dial").start(() -> readFrom(operator));
        try (Arena arena = Arena.ofConfined()) {
            writeTo(operator, arena.allocate(WINDOW));
        } finally {
            // The other thread may wait for the operator, until the caller closes the channel.
            ended = true;
            readerChange.release();
            leave();
        }
    }

    private void leave() {
        if (users.decrementAndGet() == 0) {
            side.close();
        }
    }

    /** Until the guest sends no more, or is gone. */
    private void writeTo(ByteChannel operator, MemorySegment buffer) throws IOException, DeviceException {
        while (await(writerChange, () -> side.hasIn() || isOver())) {
            Pipe in = side.in();
            if (in == null || in.isEmpty()) {
                break;
            }
            int bytes = in.take(buffer);
            side.tell();
            ByteBuffer text = buffer.asSlice(0, bytes).asByteBuffer();
            while (text.hasRemaining()) {
                operator.write(text);
            }
        }
        if (!side.otherAccepted()) {
            throw new DeviceException("The guest does not listen on this port.");
        }
    }

    private boolean isOver() {
        return side.otherClosed() || (side.otherEnded() & VsockWire.VIRTIO_VSOCK_SHUTDOWN_F_SEND) != 0;
    }

    /** Until the operator says no more, or nobody listens. */
    private void readFrom(ByteChannel operator) {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment buffer = arena.allocate(WINDOW);
            int bytes = operator.read(buffer.asByteBuffer());
            while (bytes >= 0 && putAll(buffer.asSlice(0, bytes))) {
                bytes = operator.read(buffer.asByteBuffer());
            }
            side.end(VsockWire.VIRTIO_VSOCK_SHUTDOWN_F_SEND);
        } catch (IOException e) {
            side.end(VsockWire.SHUTDOWN_BOTH);
        } finally {
            leave();
        }
    }

    /** False if nobody takes it any more. */
    private boolean putAll(MemorySegment bytes) {
        long done = 0;
        while (done < bytes.byteSize() && await(readerChange, () -> out.room() > 0 || isGone()) && !isGone()) {
            done += out.put(bytes.asSlice(done));
            side.tell();
        }
        return done == bytes.byteSize();
    }

    private boolean isGone() {
        return ended || side.otherClosed();
    }

    /** False if the thread is to end. */
    private static boolean await(Semaphore change, BooleanSupplier condition) {
        try {
            while (!condition.getAsBoolean()) {
                change.acquire();
                change.drainPermits();
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
