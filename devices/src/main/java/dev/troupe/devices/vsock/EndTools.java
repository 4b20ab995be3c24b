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

    /** Ends whose connections are over, but which still hold what their socket has not taken. */
    Set<SocketEnd> lingering() {
        return lingering;
    }

    /** The device closes: what lingers is dropped. */
    void close() {
        List.copyOf(lingering).forEach(SocketEnd::drop);
    }
}
