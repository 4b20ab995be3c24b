package dev.troupe.actors.vault;

import dev.troupe.actors.device.SavedState;
import dev.troupe.transport.protocol.Bytes;
import dev.troupe.transport.ring.RingAreas;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a later process has to know of one device to go on with it. Descriptors are the names under which {@link KeptFds}
 * has them. Immutable.
 *
 * @param device the device's name
 * @param type its type
 * @param endpoint where it meets its front end, as shown to an operator
 * @param offer what its front end was offered
 * @param quietSinceNanos since when nothing is served, for a hand-over, as {@code System.nanoTime} has it, which all
 *     processes of a host share; 0 while the device serves
 * @param listener the listening socket, if there is one
 * @param memories memory files that outlive the device
 * @param state what of the device's own state has to outlive it
 * @param connection the front end that is connected, if one is
 */
public record DeviceRecord(
        String device,
        String type,
        String endpoint,
        Offered offer,
        long quietSinceNanos,
        @Nullable String listener,
        List<Memory> memories,
        SavedState state,
        @Nullable Connection connection) {

    /** Copies the list. */
    public DeviceRecord {
        memories = List.copyOf(memories);
    }

    /**
     * What was offered to a front end.
     *
     * @param features the feature bits
     * @param protocolFeatures the protocol feature bits
     * @param queueCount how many virtqueues there are
     */
    public record Offered(long features, long protocolFeatures, int queueCount) {}

    /**
     * A memory file that outlives the device.
     *
     * @param what what the device calls it
     * @param sizeBytes its size
     * @param fd the file
     */
    public record Memory(String what, long sizeBytes, String fd) {}

    /**
     * One front end.
     *
     * @param socket the connected socket
     * @param backChannel what we say things unasked on, if the front end gave it
     * @param session what was agreed
     * @param config the configuration space as it was last read
     * @param hand the message that was read and may not have been answered, if there is one
     */
    public record Connection(
            String socket,
            @Nullable String backChannel,
            Agreed session,
            Bytes config,
            @Nullable Hand hand) {}

    /**
     * A message that was read from the socket. It has to be obeyed, again perhaps, and answered.
     *
     * @param frame header and payload
     * @param fds what came with it, in order
     */
    public record Hand(Bytes frame, List<String> fds) {
        /** Copies the list. */
        public Hand {
            fds = List.copyOf(fds);
        }
    }

    /**
     * What was agreed in a session.
     *
     * @param driverFeatures the features that the driver acknowledged
     * @param featuresSet whether SET_FEATURES has arrived
     * @param protocolFeatures the protocol features in force
     * @param status the driver's device status
     * @param regions the memory table
     * @param vrings the vrings, by number
     * @param dirtyLog where writes are logged, if anywhere
     * @param inflight the in-flight region shared with the front end, if there is one
     */
    public record Agreed(
            long driverFeatures,
            boolean featuresSet,
            long protocolFeatures,
            int status,
            List<Region> regions,
            List<Vring> vrings,
            @Nullable Log dirtyLog,
            @Nullable Inflight inflight) {
        /** Copies the lists. */
        public Agreed {
            regions = List.copyOf(regions);
            vrings = List.copyOf(vrings);
        }
    }

    /**
     * A region of the memory table.
     *
     * @param guestAddress guest physical address
     * @param sizeBytes length
     * @param userAddress address in the front end
     * @param offset where it starts in its file
     * @param fd the file
     */
    public record Region(long guestAddress, long sizeBytes, long userAddress, long offset, String fd) {}

    /**
     * A vring.
     *
     * @param size its entries, or 0
     * @param areas its addresses, or null
     * @param logAddress where writes to the used ring are logged, or −1
     * @param base where it was said to go on when it was set up
     * @param started whether it is started
     * @param enabled whether it is enabled
     * @param fds its eventfds
     * @param ownLog the in-flight region that it has for itself, if any
     */
    public record Vring(
            int size,
            @Nullable RingAreas areas,
            long logAddress,
            int base,
            boolean started,
            boolean enabled,
            EventFds fds,
            @Nullable Inflight ownLog) {}

    /**
     * The eventfds of a vring; each may be missing.
     *
     * @param kick the driver's kicks
     * @param call our calls
     * @param error our errors
     */
    public record EventFds(
            @Nullable String kick,
            @Nullable String call,
            @Nullable String error) {}

    /**
     * A dirty log.
     *
     * @param offset where it starts in its file
     * @param sizeBytes length
     * @param fd the file
     */
    public record Log(long offset, long sizeBytes, String fd) {}

    /**
     * An in-flight region.
     *
     * @param queues number of queues
     * @param queueSize entries of each queue
     * @param packed whether it is for packed rings
     * @param offset where it starts in its file
     * @param sizeBytes length
     * @param fd the file
     */
    public record Inflight(int queues, int queueSize, boolean packed, long offset, long sizeBytes, String fd) {}
}
