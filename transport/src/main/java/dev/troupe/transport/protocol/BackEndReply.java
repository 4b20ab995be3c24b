package dev.troupe.transport.protocol;

import java.util.List;

/**
 * What a back end answers. Which kind belongs to which request is written at the records of {@link FrontEndMessage}. A
 * reply owns the descriptors it carries.
 */
public sealed interface BackEndReply extends AutoCloseable {
    /**
     * The descriptors of the reply.
     *
     * @return the set, empty for most replies
     */
    default PassedFds fds() {
        return PassedFds.none();
    }

    /** Closes the descriptors that were not taken. */
    @Override
    default void close() {
        fds().close();
    }

    /** A number, or as an acknowledgement 0 for success and anything else for failure. */
    record U64(long value) implements BackEndReply {
        /** The acknowledgement of success. */
        public static final U64 OK = new U64(0);

        /** The acknowledgement of failure. */
        public static final U64 FAILED = new U64(1);
    }

    /** Where a vring stands; base as in {@link FrontEndMessage.SetVringBase}. */
    record VringBase(int index, int base) implements BackEndReply {}

    /** Config space contents, of the offset and length asked for. */
    record Config(int offset, int flags, Bytes data) implements BackEndReply {}

    /** No payload: the request could not be answered (GET_CONFIG), or there is none (POSTCOPY_ADVISE). */
    record Empty(PassedFds fds) implements BackEndReply {
        /** Without descriptors. */
        public Empty() {
            this(PassedFds.none());
        }
    }

    /** An in-flight region and its file. */
    record InflightFd(InflightRegion region, PassedFds fds) implements BackEndReply {}

    /** A shared object's file, or none if it is unknown. */
    record SharedObject(Bytes uuid, PassedFds fds) implements BackEndReply {}

    /**
     * The answer to SET_DEVICE_STATE_FD.
     *
     * @param value bits 0-7 an error or 0; bit 8 ({@link #NO_FD}): use the descriptor you gave me
     * @param fds a descriptor to use instead, if bit 8 is clear
     */
    record DeviceStateFd(long value, PassedFds fds) implements BackEndReply {
        /** The front end's own descriptor is used. */
        public static final long NO_FD = 1 << 8;
    }

    /** The sizes of the shared memory regions, at most 256; 0 for one that does not exist. */
    record ShmemConfig(List<Long> sizesBytes) implements BackEndReply {
        /** Keeps a copy of the list. */
        public ShmemConfig {
            sizesBytes = List.copyOf(sizesBytes);
        }
    }

    /** A payload of the device type's own (crypto sessions). */
    record Raw(Bytes payload) implements BackEndReply {}
}
