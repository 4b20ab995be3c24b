package dev.troupe.transport.loop;

import dev.troupe.transport.sys.IoUring;

/** Something the kernel has under way for us and will tell us about, by the number it was given in a {@link SlotTable}. */
abstract class Slot {
    /** Place in the table below, its generation above. */
    long userData;

    /** Fills the next submission entry; called when the ring has room. */
    abstract void prepare(IoUring ring);

    /** The kernel says that it happened; {@code more} if it will happen again without being asked again. */
    abstract void completed(int result, boolean more);
}
