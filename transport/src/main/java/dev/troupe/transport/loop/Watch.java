package dev.troupe.transport.loop;

/** A descriptor being watched for readability, and for writability when that is asked for. Loop thread only. */
public interface Watch {
    /**
     * Has the listener's {@code writable} called once, as soon as something can be written, which may be now; never within
     * this call. Asking again before it was called changes nothing.
     */
    void awaitWritable();

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

        /** What {@link Watch#awaitWritable} asked for: something can be written, or writing will tell why not. */
        default void writable() {}

        /** The other side is gone, or waiting failed; called once, after a last {@link #ready()}, which reads what is left. */
        default void hungUp() {}
    }
}
