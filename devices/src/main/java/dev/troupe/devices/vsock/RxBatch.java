package dev.troupe.devices.vsock;

import dev.troupe.transport.loop.IoVector;
import dev.troupe.transport.ring.DescriptorChain;
import dev.troupe.transport.sys.StreamSocket;
import java.util.ArrayList;
import java.util.List;

/**
 * Some of the guest's buffers, filled by one system call: Linux's are 4 KiB each. One for each device, used for one socket
 * after the other.
 */
final class RxBatch {
    static final int MOST_BUFFERS = 32;

    /** The most ranges that the kernel takes in one call (IOV_MAX). */
    static final int MOST_RANGES = 1024;

    private final List<DescriptorChain> chains = new ArrayList<>(MOST_BUFFERS);
    private final int[] rooms = new int[MOST_BUFFERS];
    private final IoVector vector = new IoVector(MOST_BUFFERS);

    /**
     * Takes up to so many buffers, {@value #MOST_BUFFERS} at most, for up to so many bytes.
     *
     * @return false if there is none
     */
    boolean gather(RxBuffers buffers, int mostBuffers, int most) {
        // What a failure has left here belongs to a ring that is no more.
        chains.clear();
        vector.clear();
        DescriptorChain chain = buffers.next();
        while (chain != null) {
            int room = Math.min(RxBuffers.room(chain), most - (int) vector.lengthBytes());
            chain.writable().seek(VsockWire.HEADER_SIZE);
            chain.writable().addTo(vector, room);
            rooms[chains.size()] = room;
            chains.add(chain);
            boolean enough =
                    vector.lengthBytes() == most || chains.size() == mostBuffers || vector.count() >= MOST_RANGES;
            chain = enough ? null : buffers.next();
        }
        return !chains.isEmpty();
    }

    /** How many bytes they hold. */
    int roomBytes() {
        return (int) vector.lengthBytes();
    }

    /** Fills them with what a socket has: bytes, 0 at the end, or -errno. */
    int fillFrom(StreamSocket socket) {
        return vector.receiveFrom(socket);
    }

    /**
     * Gives the guest the first bytes, and gives back what is empty.
     *
     * @return how many buffers the guest got
     */
    int deliver(RxBuffers buffers, Connection connection, int bytes) {
        int left = Math.max(0, bytes);
        int filled = 0;
        while (left > 0) {
            int here = Math.min(left, rooms[filled]);
            connection.packets().deliver(buffers, chains.get(filled), here, 0);
            left -= here;
            filled++;
        }
        for (int i = chains.size() - 1; i >= filled; i--) {
            buffers.giveBack(chains.get(i));
        }
        chains.clear();
        return filled;
    }
}
