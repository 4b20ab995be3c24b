package dev.troupe.transport.protocol;

import java.util.List;

/**
 * What a front end says to a back end: one record a request of {@link FrontEndRequest}. A message that came through
 * {@link RequestCodec#decode} is well formed: vring indices are 0 to 65535, list lengths and descriptor counts fit. It
 * says nothing yet about whether the connection is in a state to obey. A message owns the descriptors it carries; closing
 * it closes those that nobody took.
 */
public sealed interface FrontEndMessage extends AutoCloseable {
    /**
     * The request's number on the wire.
     *
     * @return the number
     */
    default int number() {
        return this instanceof Unknown unknown
                ? unknown.unknownNumber()
                : FrontEndRequest.of(this).number();
    }

    /**
     * The request's name, for logs.
     *
     * @return such as "SET_MEM_TABLE" or "request 4711"
     */
    default String name() {
        return FrontEndRequest.ofNumber(number())
                .map(Enum::name)
                .orElse("request " + Integer.toUnsignedString(number()));
    }

    /**
     * The descriptors of the message.
     *
     * @return the set, empty for most messages
     */
    default PassedFds fds() {
        return PassedFds.none();
    }

    /** Closes the descriptors that were not taken. */
    @Override
    default void close() {
        fds().close();
    }

    /** What features can you offer? Answered with a u64. */
    record GetFeatures() implements FrontEndMessage {}

    /** These features are on, {@link VirtioFeature} and the device type's own. */
    record SetFeatures(long features) implements FrontEndMessage {}

    /** The session begins. */
    record SetOwner() implements FrontEndMessage {}

    /** Deprecated; a back end may disable all rings. */
    record ResetOwner() implements FrontEndMessage {}

    /** The whole memory table; one descriptor a region, in the same order. */
    record SetMemTable(List<RegionDescription> regions, PassedFds fds) implements FrontEndMessage {
        /** Keeps a copy of the list. */
        public SetMemTable {
            regions = List.copyOf(regions);
        }
    }

    /** The dirty log's memory. Answered with a u64, 0 for success. */
    record SetLogBase(long mmapSizeBytes, long mmapOffset, PassedFds fds) implements FrontEndMessage {}

    /** The eventfd to signal when the dirty log has been written. */
    record SetLogFd(PassedFds fds) implements FrontEndMessage {}

    /** A vring's size in descriptors, 0 to 65535. */
    record SetVringNum(int index, int num) implements FrontEndMessage {}

    /**
     * A vring's addresses, in the front end's own address space.
     *
     * @param index the vring
     * @param flags bit 0 (VHOST_VRING_F_LOG): log writes to the used ring at {@code logGuestAddress}
     * @param descriptors the descriptor table or, packed, the descriptor ring
     * @param used the used ring or, packed, the device event suppression area
     * @param avail the avail ring or, packed, the driver event suppression area
     * @param logGuestAddress guest physical address of the used ring, for the log only
     */
    record SetVringAddr(int index, int flags, long descriptors, long used, long avail, long logGuestAddress)
            implements FrontEndMessage {
        /** VHOST_VRING_F_LOG. */
        public static final int F_LOG = 1;
    }

    /** Where a vring goes on: split, the next avail index; packed, avail index and wrap (low half), used (high half). */
    record SetVringBase(int index, int base) implements FrontEndMessage {}

    /** Stop the vring and say where it stands. Answered with {@link BackEndReply.VringBase}. */
    record GetVringBase(int index) implements FrontEndMessage {}

    /** The eventfd that the driver's kicks arrive on; without one the back end polls. */
    record SetVringKick(int index, PassedFds fds) implements FrontEndMessage {}

    /** The eventfd to call the driver with; without one it polls. */
    record SetVringCall(int index, PassedFds fds) implements FrontEndMessage {}

    /** The eventfd to report a broken ring with; without one nobody listens. */
    record SetVringErr(int index, PassedFds fds) implements FrontEndMessage {}

    /** What protocol features can you offer? Answered with a u64. */
    record GetProtocolFeatures() implements FrontEndMessage {}

    /** These {@link ProtocolFeature}s are on. */
    record SetProtocolFeatures(long features) implements FrontEndMessage {}

    /** How many queues can you serve? Answered with a u64. */
    record GetQueueNum() implements FrontEndMessage {}

    /** Enable or disable a vring. */
    record SetVringEnable(int index, boolean enable) implements FrontEndMessage {}

    /** Announce the guest's MAC address (low six bytes) after a migration. */
    record SendRarp(long macAddress) implements FrontEndMessage {}

    /** The MTU the front end will use. */
    record NetSetMtu(long mtu) implements FrontEndMessage {}

    /** The socket of the back channel. */
    record SetBackendReqFd(PassedFds fds) implements FrontEndMessage {}

    /** An update or invalidation of the IOMMU's translations. Answered with a u64, 0 for success. */
    record IotlbMsg(Iotlb entry) implements FrontEndMessage {}

    /** A legacy vring's byte order. */
    record SetVringEndian(int index, boolean bigEndian) implements FrontEndMessage {}

    /** Read config space. Answered with {@link BackEndReply.Config} of the same size, or with an empty payload. */
    record GetConfig(int offset, int sizeBytes, int flags) implements FrontEndMessage {}

    /** Write config space; flags 0 writable fields only, 1 ({@link #FOR_MIGRATION}) any. */
    record SetConfig(int offset, int flags, Bytes data) implements FrontEndMessage {
        /** VHOST_SET_CONFIG_TYPE_MIGRATION: the source of a migration hands over its fields, read-only ones too. */
        public static final int FOR_MIGRATION = 1;
    }

    /** Create a crypto session; the payload is the device type's. Answered with the same structure. */
    record CreateCryptoSession(Bytes session) implements FrontEndMessage {}

    /** End a crypto session. */
    record CloseCryptoSession(long sessionId) implements FrontEndMessage {}

    /** Postcopy migration is coming. Answered with a userfaultfd. */
    record PostcopyAdvise() implements FrontEndMessage {}

    /** Postcopy migration begins. */
    record PostcopyListen() implements FrontEndMessage {}

    /** Postcopy migration has ended. Answered with a u64, 0 for success. */
    record PostcopyEnd() implements FrontEndMessage {}

    /**
     * Make an in-flight region. Answered with {@link BackEndReply.InflightFd}.
     *
     * @param region what is wanted: the number of queues and their size
     * @param payloadBytes 20 or 24, the length on the wire; the reply has the same
     */
    record GetInflightFd(InflightRegion region, int payloadBytes) implements FrontEndMessage {}

    /** The in-flight region to use. */
    record SetInflightFd(InflightRegion region, PassedFds fds) implements FrontEndMessage {}

    /** The socket of the graphics protocol. */
    record GpuSetSocket(PassedFds fds) implements FrontEndMessage {}

    /** Disable all rings and reset the device's state; what was negotiated stays. */
    record ResetDevice() implements FrontEndMessage {}

    /** A kick as a message. */
    record VringKick(int index) implements FrontEndMessage {}

    /** How many memory regions can you hold? Answered with a u64. */
    record GetMaxMemSlots() implements FrontEndMessage {}

    /** One more memory region. */
    record AddMemReg(RegionDescription region, PassedFds fds) implements FrontEndMessage {}

    /** One region less, named by guest address, user address and size; a descriptor that comes along is ignored. */
    record RemMemReg(RegionDescription region, PassedFds fds) implements FrontEndMessage {}

    /** The driver's device status byte. */
    record SetStatus(long status) implements FrontEndMessage {}

    /** Read the device status back. Answered with a u64. */
    record GetStatus() implements FrontEndMessage {}

    /** Fetch a shared object. Answered with {@link BackEndReply.SharedObject}. */
    record GetSharedObject(Bytes uuid) implements FrontEndMessage {}

    /**
     * Save or load the device's state through a pipe. Answered with {@link BackEndReply.DeviceStateFd}.
     *
     * @param direction 0 save, 1 load
     * @param phase 0, the device is stopped
     * @param fds the pipe's end
     */
    record SetDeviceStateFd(int direction, int phase, PassedFds fds) implements FrontEndMessage {}

    /** Did saving or loading the state work? Answered with a u64, 0 for success. */
    record CheckDeviceState() implements FrontEndMessage {}

    /** Which shared memory regions do you have? Answered with {@link BackEndReply.ShmemConfig}. */
    record GetShmemConfig() implements FrontEndMessage {}

    /** As {@link GetVringBase}, but requests under way are left in the in-flight region. */
    record GetVringBaseSkipDrain(int index) implements FrontEndMessage {}

    /** A request this program does not know. */
    record Unknown(int unknownNumber, Bytes payload, PassedFds fds) implements FrontEndMessage {}
}
