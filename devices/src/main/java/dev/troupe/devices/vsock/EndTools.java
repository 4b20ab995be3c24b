package dev.troupe.devices.vsock;

import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.loop.IoVector;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What the far ends of one device share. On the device's event loop. */
final class EndTools {
    private final EventLoop loop;
    private final PipeMemory memory;
    private final Set<SocketEnd> lingering = new HashSet<>();
    private long lingeringBytes;
    private final RxBatch batch = new RxBatch();
    private final IoVector vector = new IoVector(RxBatch.MOST_RANGES);

    EndTools(EventLoop loop, PipeMemory memory) {
        this.loop = loop;
        this.memory = memory;
    }

    EventLoop loop() {
        return loop;
    }

    PipeMemory memory() {
        return memory;
    }

    RxBatch batch() {
        return batch;
    }

    /** An empty vector, for one call. */
    IoVector vector() {
        vector.clear();
        return vector;
    }

    /** Its connection is over, but it still holds what its socket has not taken. */
    void linger(SocketEnd end) {
        lingering.add(end);
        lingeringBytes += end.roomBytes();
    }

    /** It holds nothing any more; it need not have lingered. */
    void gone(SocketEnd end) {
        if (lingering.remove(end)) {
            lingeringBytes -= end.roomBytes();
        }
    }

    /** How many ends linger. */
    int lingering() {
        return lingering.size();
    }

    /** How much memory they may take. */
    long lingeringBytes() {
        return lingeringBytes;
    }

    /** The device closes: what lingers is dropped. */
    void close() {
        List.copyOf(lingering).forEach(SocketEnd::drop);
    }
}
