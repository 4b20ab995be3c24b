package dev.troupe.actors.device;

import java.util.List;

/**
 * An open device: the host resource and what the driver is told of it. Opened by {@link DeviceFactory#open}; lives
 * until {@link #close}. A session of a front end may come and go many times meanwhile.
 *
 * <p>Methods are called by the device's actor, one at a time, unless they say otherwise; each {@link QueueHandler} is
 * called on the event loop of its queue. What several queues share must therefore be immutable or safe for threads.
 */
public interface VirtioDevice extends AutoCloseable {

    /**
     * The feature bits of the device type that are offered (bits 0 to 23 and 50 up). The bits of the transport and of
     * the rings are added by Troupe.
     */
    long features();

    /** How many virtqueues the device has. */
    int queueCount();

    /**
     * The configuration space as it is now, little-endian, as long as the device type's structure. Any thread may call
     * it; the array is the caller's.
     *
     * @param driverFeatures the features that the driver acknowledged, 0 while it has not
     */
    byte[] configSpace(long driverFeatures);

    /**
     * The driver writes to the configuration space.
     *
     * @param offset where, in bytes
     * @param value what; lies within the configuration space
     * @return false if a field that the driver must not write would change; then nothing was changed
     */
    default boolean writeConfigSpace(int offset, byte[] value) {
        return false;
    }

    /**
     * Makes the handler of one queue, whenever the driver starts the queue and after every failure of the one before.
     * Called on the queue's event loop.
     */
    QueueHandler openQueue(QueueContext queue);

    /** What becomes of requests that were under way when a queue failed or the program ended. */
    default ReplayRule replayRule() {
        return ReplayRule.REPEAT;
    }

    /**
     * Whether its handlers complete requests in the order in which they got them; then the rings need less work
     * (VIRTIO_F_IN_ORDER).
     */
    default boolean completesInOrder() {
        return false;
    }

    /**
     * Options that take effect at once ({@link ChangeEffect#LIVE}) have other values now; all others are as they were
     * when the device was opened.
     */
    default void settingsChanged(DeviceSettings now) {}

    /** The driver reset the device: whatever it set up is forgotten, the host resource stays. */
    default void reset() {}

    /**
     * What has to outlive this device: choices of the driver that stand in no ring, and what it could notice were gone.
     * Asked for after every change by the driver, before {@link #close}, and when a virtual machine moves away; must
     * not block. It stands in the device's record too, so that a later process finds it; what is longer than some hundred
     * KiB has no room there and belongs into {@link DeviceContext#keepMemory}.
     */
    default SavedState saveState() {
        return SavedState.NONE;
    }

    /**
     * Takes over what a device of the same type saved, before any queue is opened. Must not block.
     *
     * @param state what {@link #saveState} returned, perhaps of an older or newer version of the program and perhaps of
     *     another host: check every byte
     * @throws DeviceException if it is not understood, with a sentence that says why; then nothing was changed
     */
    default void loadState(SavedState state) throws DeviceException {
        if (!state.equals(SavedState.NONE)) {
            throw new DeviceException("This device type keeps no state, but was given "
                    + state.body().lengthBytes() + " bytes of version " + state.version() + ".");
        }
    }

    /**
     * Carries out a command of an operator, one of {@link DeviceFactory#commands}. Called on a thread that may block.
     *
     * @return what to show the operator, possibly empty
     * @throws DeviceException if it cannot be done, with a sentence that says why
     */
    default String command(String verb, List<String> arguments) throws DeviceException {
        throw new DeviceException("This device knows no command '" + verb + "'.");
    }

    /**
     * Agrees to talk with an operator: one of {@link DeviceFactory#commands} that is not of the kind
     * {@link DeviceCommand.Kind#ANSWER}. Called on a thread that may block, but must return soon.
     *
     * @return the conversation, to be held then
     * @throws DeviceException if it cannot be had, with a sentence that says why
     */
    default Conversation converse(String verb, List<String> arguments) throws DeviceException {
        throw new DeviceException("This device cannot be talked to by '" + verb + "'.");
    }

    /** Gives the host resource back. Called on a thread that may block, when every queue has been closed. */
    @Override
    void close();
}
