package dev.troupe.devices.gpio;

import dev.troupe.transport.loop.EventLoop;

/**
 * One line of a chip, which belongs to one device. Methods may block, and throw a
 * {@link dev.troupe.transport.sys.SysException} where the chip fails, unless they say otherwise.
 */
interface ChipLine extends AutoCloseable {

    /** What the chip calls it. Does not block. */
    String name();

    /** Whether the chip drives it, asked for a line that the guest does not use. */
    boolean isOutput();

    /**
     * Makes it an input.
     *
     * @param edges whether the listener is to be told of its edges
     */
    void input(boolean edges);

    /** Makes it an output of this level. */
    void output(boolean high);

    /** The guest leaves it: its edges are told no more, and what it drives stays so where the chip keeps it. */
    void free();

    /** Its level. */
    boolean get();

    /** Drives it, while it is an output. */
    void set(boolean high);

    /** Has the listener told of edges, on the loop. To be called there, once; does not block. */
    void listen(EventLoop loop, EdgeListener listener);

    /** Whether the listener is told of an output's changes as well, whoever made them. */
    default boolean tellsOutputs() {
        return false;
    }

    /** Gives the line back. What it drives stays so where the chip keeps it. */
    @Override
    void close();

    /** Who is told of edges. */
    @FunctionalInterface
    interface EdgeListener {
        /** The line has become high, or low. */
        void changed(boolean high);
    }
}
