package dev.troupe.transport.protocol;

/**
 * What a back end says to a front end on the back channel: one record a request of {@link BackEndRequest}. A message owns
 * the descriptors it carries.
 */
public sealed interface BackEndMessage extends AutoCloseable {
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

    /** A translation is missing, or an access failed. */
    record IotlbMsg(Iotlb entry) implements BackEndMessage {}

    /** The config space has changed: read it again. */
    record ConfigChange() implements BackEndMessage {}

    /** Doorbell memory of a vring; without a descriptor it is taken away. */
    record VringHostNotifier(int index, long sizeBytes, long offset, PassedFds fds) implements BackEndMessage {}

    /** A call as a message. */
    record VringCall(int index) implements BackEndMessage {}

    /** A broken ring as a message. */
    record VringErr(int index) implements BackEndMessage {}

    /** This object can be fetched from me. */
    record SharedObjectAdd(Bytes uuid) implements BackEndMessage {}

    /** It no longer can. */
    record SharedObjectRemove(Bytes uuid) implements BackEndMessage {}

    /** Who has this object? Always answered. */
    record SharedObjectLookup(Bytes uuid) implements BackEndMessage {}

    /** Map a file into a shared memory region of the device. */
    record ShmemMap(ShmemMapping mapping, PassedFds fds) implements BackEndMessage {}

    /** Unmap a whole mapping again. */
    record ShmemUnmap(ShmemMapping mapping) implements BackEndMessage {}

    /** A request this program does not know. */
    record Unknown(int number, Bytes payload, PassedFds fds) implements BackEndMessage {}
}
