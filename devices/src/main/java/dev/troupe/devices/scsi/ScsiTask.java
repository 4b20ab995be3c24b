package dev.troupe.devices.scsi;

import dev.troupe.devices.storage.StorageBackend;
import dev.troupe.devices.storage.StorageLane;
import dev.troupe.transport.ring.ChainReader;
import dev.troupe.transport.ring.ChainWriter;
import dev.troupe.transport.ring.DescriptorChain;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One command on its way, from its request to its response; pooled by its queue, known to lanes by its slot. Loop thread of
 * its queue only.
 */
final class ScsiTask {
    static final int GOOD = 0x00;
    static final int CHECK_CONDITION = 0x02;
    static final int BUSY = 0x08;
    static final int RESERVATION_CONFLICT = 0x18;

    /** To copy from it allocates nothing. Never written to. */
    private static final MemorySegment NO_SENSE_DATA = MemorySegment.ofArray(new byte[ScsiWire.MAX_SENSE_SIZE]);

    /** What follows when an operation of a lane has ended well. */
    @FunctionalInterface
    interface Next {
        void next(ScsiTask task);
    }

    private final int slot;
    private final ScsiRequestQueue queue;
    private final Cdb cdb = new Cdb();

    private @Nullable DescriptorChain chain;
    private @Nullable Nexus nexus;
    private int address;
    private long tag;
    private int responseBytes;
    private long dataOffset;
    private long dataOutBytes;
    private long dataInBytes;
    private @Nullable Next next;
    private Sense failure = Sense.NO_SENSE;
    private long transferred;
    private int abortedWith;
    private boolean waits;

    /** The next free task of the pool. */
    @Nullable
    ScsiTask nextFree;

    ScsiTask(ScsiRequestQueue queue, int slot) {
        this.queue = queue;
        this.slot = slot;
    }

    /**
     * Copies a request; it and the room for its response are long enough.
     *
     * @param cdbSize as the driver chose it
     * @param senseSize as the driver chose it
     */
    void begin(DescriptorChain request, int cdbSize, int senseSize) {
        ChainReader in = request.readable();
        chain = request;
        address = LunAddress.decode(in.getLong());
        tag = in.getLong();
        in.skip(ScsiWire.REQUEST_BEFORE_CDB - in.position());
        cdb.read(in, cdbSize);
        dataOffset = in.position();
        dataOutBytes = in.remaining();
        responseBytes = ScsiWire.RESPONSE_BEFORE_SENSE + senseSize;
        dataInBytes = request.writable().lengthBytes() - responseBytes;
        nexus = queue.device().units().find(address);
        next = null;
        transferred = 0;
        abortedWith = ScsiWire.VIRTIO_SCSI_S_OK;
        waits = false;
    }

    int slot() {
        return slot;
    }

    ScsiRequestQueue queue() {
        return queue;
    }

    Cdb cdb() {
        return cdb;
    }

    boolean isActive() {
        return chain != null;
    }

    int address() {
        return address;
    }

    long tag() {
        return tag;
    }

    /** Whether an earlier handler may have carried it out already. */
    boolean isRepeated() {
        return Objects.requireNonNull(chain).resubmitted();
    }

    long dataOutBytes() {
        return dataOutBytes;
    }

    long dataInBytes() {
        return dataInBytes;
    }

    /** Whose command it is; {@code null} if there is no unit at its address. */
    @Nullable
    Nexus addressed() {
        return nexus;
    }

    /** Whose command it is. */
    Nexus nexus() {
        return Objects.requireNonNull(nexus);
    }

    LogicalUnit unit() {
        return nexus().unit();
    }

    /** What keeps the unit's sectors; fails the task if there is no medium. */
    @Nullable
    StorageBackend storage() {
        StorageBackend storage = unit().storage();
        if (storage == null) {
            fail(Sense.MEDIUM_NOT_PRESENT);
        }
        return storage;
    }

    /** The way to the sectors; answers BUSY if there is none at this moment. */
    @Nullable
    StorageLane lane(StorageBackend storage) {
        StorageLane lane = queue.lane(nexus(), storage);
        if (lane == null) {
            answer(ScsiWire.VIRTIO_SCSI_S_OK, BUSY, null, 0);
        }
        return lane;
    }

    /** The data-out buffer, from its start. */
    ChainReader dataOut() {
        ChainReader in = Objects.requireNonNull(chain).readable();
        in.seek(dataOffset);
        return in;
    }

    /** The data-in buffer, from its start. */
    ChainWriter dataIn() {
        ChainWriter out = Objects.requireNonNull(chain).writable();
        out.seek(responseBytes);
        return out;
    }

    /** A copy of the first {@code bytes} of the data-out buffer; they are there. */
    byte[] parameters(int bytes) {
        byte[] copy = new byte[bytes];
        dataOut().copyTo(MemorySegment.ofArray(copy));
        return copy;
    }

    /** Whether the data buffer of a direction has so much; answers OVERRUN if it has not. */
    boolean hasData(boolean out, long bytes) {
        return out ? hasDataOut(bytes) : hasDataIn(bytes);
    }

    /** Whether the data-out buffer holds so much; answers OVERRUN if it does not. */
    boolean hasDataOut(long bytes) {
        if (bytes > dataOutBytes) {
            overrun();
            return false;
        }
        return true;
    }

    /** Whether the data-in buffer has room for so much; answers OVERRUN if it has not. */
    boolean hasDataIn(long bytes) {
        if (bytes > dataInBytes) {
            overrun();
            return false;
        }
        return true;
    }

    /**
     * Announces an operation of a lane.
     *
     * @param bytes how much of the data buffer it transfers
     * @param failureOf what the guest is told if the host cannot do it
     * @param following what comes after it, or {@code null} if the command has ended then
     */
    void expect(long bytes, Sense failureOf, @Nullable Next following) {
        transferred = bytes;
        failure = failureOf;
        next = following;
    }

    /** How much of the data buffer the announced operation transfers. */
    long transferred() {
        return transferred;
    }

    /** The operation of a lane has ended. */
    void operationEnded(boolean well, boolean noSpace) {
        Next following = next;
        if (!well) {
            fail(noSpace ? Sense.SPACE_ALLOCATION_FAILED_WRITE_PROTECT : failure);
        } else if (following != null && abortedWith == ScsiWire.VIRTIO_SCSI_S_OK) {
            following.next(this);
        } else {
            good(transferred);
        }
    }

    /** Ends well, having transferred so much of the data buffer. */
    void good(long transferredBytes) {
        answer(ScsiWire.VIRTIO_SCSI_S_OK, GOOD, null, transferredBytes);
    }

    /** Ends well with data, cut to the allocation length of the CDB. */
    void reply(byte[] data, long allocationLength) {
        if (hasDataIn(allocationLength)) {
            long bytes = Math.min(data.length, allocationLength);
            dataIn().copyFrom(MemorySegment.ofArray(data), 0, bytes);
            good(bytes);
        }
    }

    void fail(Sense sense) {
        answer(ScsiWire.VIRTIO_SCSI_S_OK, CHECK_CONDITION, sense, 0);
    }

    void conflict() {
        answer(ScsiWire.VIRTIO_SCSI_S_OK, RESERVATION_CONFLICT, null, 0);
    }

    private void overrun() {
        answer(ScsiWire.VIRTIO_SCSI_S_OVERRUN, GOOD, null, 0);
    }

    /** It has done its work, and is answered when other tasks have ended. */
    void waitForOthers() {
        waits = true;
    }

    /** Whether it only waits for other tasks. */
    boolean waits() {
        return waits;
    }

    /** Whatever comes of it, the answer will be that it was aborted. */
    void abort(int response) {
        abortedWith = response;
    }

    /** Writes the response, virtio section 5.6.6.1, and gives the task back to its queue. */
    void answer(int response, int status, @Nullable Sense sense, long transferredBytes) {
        DescriptorChain request = Objects.requireNonNull(chain);
        boolean aborted = abortedWith != ScsiWire.VIRTIO_SCSI_S_OK;
        Sense told = aborted ? null : sense;
        long done = aborted ? 0 : transferredBytes;
        boolean descriptors = usesDescriptors();
        int room = responseBytes - ScsiWire.RESPONSE_BEFORE_SENSE;
        int senseLength = told == null ? 0 : Math.min(Sense.bytes(descriptors), room);
        ChainWriter out = request.writable();
        out.seek(0);
        long residual = Math.min(Math.max(dataInBytes, dataOutBytes) - done, 0xffff_ffffL);
        out.putLong(senseLength | residual << Integer.SIZE);
        // The status qualifier is 0.
        out.putInt(
                (aborted ? GOOD : status) << (2 * Byte.SIZE) | (aborted ? abortedWith : response) << (3 * Byte.SIZE));
        int written = 0;
        for (; told != null && written < senseLength; written++) {
            out.putByte(told.at(written, descriptors));
        }
        out.copyFrom(NO_SENSE_DATA, 0, (long) room - written);
        boolean well = !aborted && response == ScsiWire.VIRTIO_SCSI_S_OK && (status == GOOD || isNotice(sense));
        chain = null;
        nexus = null;
        next = null;
        queue.ended(this, request, responseBytes + (dataInBytes > 0 ? done : 0), well);
    }

    /** What a guest is told is no error. */
    private static boolean isNotice(@Nullable Sense sense) {
        return sense != null && sense.isUnitAttention();
    }

    private boolean usesDescriptors() {
        Nexus known = nexus;
        return known != null && known.unit().state().descriptorSense();
    }
}
