package dev.troupe.transport.loop;

/** A descriptor being watched for readability. Loop thread only. */
public interface Watch {
    /**
     * Ends the watch: the listener is not called any more once this returns. The counter of an eventfd is set to 0, so that
     * whoever watches it next starts afresh (and must look for work first). A second call does nothing.
     *
     * <p>To be called before the descriptor is closed; a closing that comes earlier may take effect only now.
     */
    void cancel();

    /** Who is told. */
    @FunctionalInterface
    interface Listener {
        /**
         * The descriptor is readable, or was a moment ago. Called at least once after each time it became so; a socket must
         * be read until it is empty (or the rest be taken up by a task of the listener's own).
         */
        void ready();

        /** The other side is gone, or waiting failed; called once, after a last {@link #ready()}, which reads what is left. */
        default void hungUp() {}
    }
}
