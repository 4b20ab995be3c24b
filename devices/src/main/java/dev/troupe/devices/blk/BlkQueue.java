package dev.troupe.devices.blk;

import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.devices.storage.StorageBackend;
import dev.troupe.devices.storage.StorageLane;
import dev.troupe.transport.loop.Timer;
import dev.troupe.transport.ring.ChainReader;
import dev.troupe.transport.ring.ChainWriter;
import dev.troupe.transport.ring.DescriptorChain;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads and checks the requests of one virtqueue, has the back end carry them out, and answers them. A request that
 * the guest got wrong is answered with an error status and touches nothing. Loop thread of its queue only.
 */
final class BlkQueue implements QueueHandler, StorageLane.Answers {
    /** The most segments that a discard, write zeroes or secure erase may have. */
    static final int MAX_SEGMENTS = 32;

    /** The most sectors of one such segment. */
    static final int MAX_SEGMENT_SECTORS = 1 << 21;

    private static final long ENTER_AGAIN_NANOS = 50_000_000;

    private final BlkDevice device;
    private final QueueContext context;
    private final StorageLane lane;
    private final BlkRequest[] requests;
    private final long blockMask;
    private final StorageBackend backend;
    private @Nullable BlkRequest free;
    private @Nullable Timer nextTry;
    private boolean entered;

    BlkQueue(BlkDevice device, StorageBackend backend, QueueContext context) {
        this.device = device;
        this.context = context;
        this.backend = backend;
        this.lane = backend.openLane(context, this);
        this.blockMask = backend.limits().logicalBlockBytes() - 1L;
        this.requests = new BlkRequest[context.size()];
        for (int slot = requests.length - 1; slot >= 0; slot--) {
            requests[slot] = new BlkRequest(slot);
            requests[slot].next = free;
            free = requests[slot];
        }
        enter();
    }

    /** Requests stay in the ring while another program has the sectors. */
    private void enter() {
        nextTry = null;
        entered = backend.tryEnter();
        if (entered) {
            context.release();
        } else {
            device.waitsForSectors();
            context.hold();
            nextTry = context.loop().schedule(ENTER_AGAIN_NANOS, this::enter);
        }
    }

    @Override
    public void handle(DescriptorChain chain) {
        ChainReader in = chain.readable();
        if (chain.writable().lengthBytes() == 0) {
            // Nowhere to put a status: the driver broke the protocol and can only be given its buffers back.
            context.countError();
            context.complete(chain, 0);
            return;
        }
        if (in.remaining() < BlkWire.HEADER_SIZE) {
            answer(chain, BlkWire.VIRTIO_BLK_S_IOERR);
            return;
        }
        int type = in.getInt();
        in.skip(Integer.BYTES);
        long sector = in.getLong();
        switch (type) {
            case BlkWire.VIRTIO_BLK_T_IN -> read(chain, sector);
            case BlkWire.VIRTIO_BLK_T_OUT -> write(chain, sector);
            case BlkWire.VIRTIO_BLK_T_FLUSH -> flush(chain);
            case BlkWire.VIRTIO_BLK_T_GET_ID -> identify(chain);
            case BlkWire.VIRTIO_BLK_T_DISCARD -> segments(chain, type, device.offersDiscard());
            case BlkWire.VIRTIO_BLK_T_WRITE_ZEROES -> segments(chain, type, device.offersWriteZeroes());
            case BlkWire.VIRTIO_BLK_T_SECURE_ERASE -> segments(chain, type, device.offersSecureErase());
            default -> answer(chain, BlkWire.VIRTIO_BLK_S_UNSUPP);
        }
    }

    private void read(DescriptorChain chain, long sector) {
        ChainWriter out = chain.writable();
        long length = out.lengthBytes() - 1;
        if (!inRange(sector, length)) {
            answer(chain, BlkWire.VIRTIO_BLK_S_IOERR);
        } else if (length == 0) {
            answer(chain, BlkWire.VIRTIO_BLK_S_OK);
        } else {
            lane.read(take(chain, BlkWire.VIRTIO_BLK_T_IN).slot, sector * BlkWire.SECTOR_BYTES, length, out);
        }
    }

    private void write(DescriptorChain chain, long sector) {
        ChainReader in = chain.readable();
        long length = in.remaining();
        if (device.readOnly() || !inRange(sector, length)) {
            answer(chain, BlkWire.VIRTIO_BLK_S_IOERR);
        } else if (length == 0) {
            answer(chain, BlkWire.VIRTIO_BLK_S_OK);
        } else {
            BlkRequest request = take(chain, BlkWire.VIRTIO_BLK_T_OUT);
            lane.write(request.slot, sector * BlkWire.SECTOR_BYTES, length, in, durable());
        }
    }

    private void flush(DescriptorChain chain) {
        if (device.readOnly()) {
            answer(chain, BlkWire.VIRTIO_BLK_S_OK);
        } else {
            lane.flush(take(chain, BlkWire.VIRTIO_BLK_T_FLUSH).slot);
        }
    }

    private void identify(DescriptorChain chain) {
        ChainWriter out = chain.writable();
        byte[] serial = device.serial();
        int length = (int) Math.min(out.lengthBytes() - 1, BlkWire.ID_SIZE);
        for (int i = 0; i < length; i++) {
            out.putByte(i < serial.length ? serial[i] : 0);
        }
        answer(chain, BlkWire.VIRTIO_BLK_S_OK);
    }

    private void segments(DescriptorChain chain, int type, boolean offered) {
        long length = chain.readable().remaining();
        if (device.readOnly()) {
            answer(chain, BlkWire.VIRTIO_BLK_S_IOERR);
        } else if (!offered) {
            answer(chain, BlkWire.VIRTIO_BLK_S_UNSUPP);
        } else if (length == 0
                || length % BlkWire.SEGMENT_SIZE != 0
                || length > MAX_SEGMENTS * (long) BlkWire.SEGMENT_SIZE) {
            answer(chain, BlkWire.VIRTIO_BLK_S_IOERR);
        } else {
            BlkRequest request = take(chain, type);
            request.segmentsLeft = (int) length / BlkWire.SEGMENT_SIZE;
            request.flushAfter = durable();
            nextSegment(request, chain);
        }
    }

    /** Segments are read one after the other, each once, and carried out before the next is read. */
    private void nextSegment(BlkRequest request, DescriptorChain chain) {
        request.segmentsLeft--;
        ChainReader in = chain.readable();
        long sector = in.getLong();
        long sectors = Integer.toUnsignedLong(in.getInt());
        int flags = in.getInt();
        boolean zeroes = request.type == BlkWire.VIRTIO_BLK_T_WRITE_ZEROES;
        int known = zeroes ? BlkWire.VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP : 0;
        if ((flags & ~known) != 0) {
            finish(request, BlkWire.VIRTIO_BLK_S_UNSUPP);
        } else if (sectors > MAX_SEGMENT_SECTORS || !inRange(sector, sectors * BlkWire.SECTOR_BYTES)) {
            finish(request, BlkWire.VIRTIO_BLK_S_IOERR);
        } else if (sectors == 0) {
            answered(request.slot, 0);
        } else {
            carryOut(request, sector * BlkWire.SECTOR_BYTES, sectors * BlkWire.SECTOR_BYTES, flags != 0);
        }
    }

    private void carryOut(BlkRequest request, long offsetBytes, long lengthBytes, boolean unmap) {
        switch (request.type) {
            case BlkWire.VIRTIO_BLK_T_WRITE_ZEROES -> lane.writeZeroes(request.slot, offsetBytes, lengthBytes, unmap);
            case BlkWire.VIRTIO_BLK_T_SECURE_ERASE -> lane.secureErase(request.slot, offsetBytes, lengthBytes);
            default -> lane.discard(request.slot, offsetBytes, lengthBytes);
        }
    }

    @Override
    public void answered(int slot, int result) {
        BlkRequest request = requests[slot];
        if (result < 0) {
            finish(request, BlkWire.VIRTIO_BLK_S_IOERR);
        } else if (request.segmentsLeft > 0) {
            nextSegment(request, Objects.requireNonNull(request.chain));
        } else if (request.flushAfter) {
            request.flushAfter = false;
            lane.flush(slot);
        } else {
            finish(request, BlkWire.VIRTIO_BLK_S_OK);
        }
    }

    @Override
    public void close() {
        if (nextTry != null) {
            nextTry.cancel();
        }
        lane.close();
        if (entered) {
            backend.leave();
        }
    }

    /** Sectors are 512 bytes, but the guest must keep to the disk's blocks. */
    private boolean inRange(long sector, long lengthBytes) {
        // Guest-controlled: nothing is computed from the sector before it is known to lie on the disk.
        long capacity = device.capacityBytes() / BlkWire.SECTOR_BYTES;
        if (sector < 0 || sector > capacity || lengthBytes % BlkWire.SECTOR_BYTES != 0) {
            return false;
        }
        return lengthBytes / BlkWire.SECTOR_BYTES <= capacity - sector
                && ((sector * BlkWire.SECTOR_BYTES | lengthBytes) & blockMask) == 0;
    }

    private boolean durable() {
        return device.writesThrough(context.driverFeatures());
    }

    private BlkRequest take(DescriptorChain chain, int type) {
        BlkRequest request = free;
        if (request == null) {
            throw new IllegalStateException("More requests on loan than the queue has entries");
        }
        free = request.next;
        request.next = null;
        request.chain = chain;
        request.type = type;
        request.segmentsLeft = 0;
        request.flushAfter = false;
        return request;
    }

    private void finish(BlkRequest request, byte status) {
        DescriptorChain chain = Objects.requireNonNull(request.chain);
        request.chain = null;
        request.next = free;
        free = request;
        answer(chain, status);
    }

    /**
     * The status is the last writable byte, so the length reported is always that of the whole writable part: a driver
     * that keeps to it finds the status.
     */
    private void answer(DescriptorChain chain, byte status) {
        ChainWriter out = chain.writable();
        long length = out.lengthBytes();
        out.putByteAt(length - 1, status);
        if (status != BlkWire.VIRTIO_BLK_S_OK) {
            context.countError();
        }
        context.complete(chain, length);
    }
}
