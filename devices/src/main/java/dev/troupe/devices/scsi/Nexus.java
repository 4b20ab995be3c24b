package dev.troupe.devices.scsi;

import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One guest's way to one logical unit: the I_T_L nexus of SAM-5. It has what the guest has still to be told (unit
 * attentions) and whether it wants the medium to stay. Any thread.
 */
final class Nexus {
    private final String initiator;
    private final int index;
    private final int address;
    private final LogicalUnit unit;
    private final ScsiDevice device;

    private final Set<Sense> attentions = EnumSet.noneOf(Sense.class);

    /** Whether there are any, for commands to see at no cost that there are none. */
    private volatile boolean attentive;

    /** What GET EVENT STATUS NOTIFICATION tells next of the medium (MMC-6 table 292). */
    private final AtomicInteger mediaEvent = new AtomicInteger();

    private volatile boolean preventsRemoval;

    /**
     * A nexus.
     *
     * @param initiator names the guest's side, the same after every restart
     * @param index tells apart the nexuses of one device at one time
     * @param address a {@link LunAddress}
     */
    Nexus(String initiator, int index, int address, LogicalUnit unit, ScsiDevice device) {
        this.initiator = initiator;
        this.index = index;
        this.address = address;
        this.unit = unit;
        this.device = device;
    }

    String initiator() {
        return initiator;
    }

    int index() {
        return index;
    }

    int address() {
        return address;
    }

    LogicalUnit unit() {
        return unit;
    }

    /** The guest's device. */
    ScsiDevice device() {
        return device;
    }

    /** The guest has to be told before its next command. A reset says all that went before it. */
    void raise(Sense attention) {
        synchronized (attentions) {
            if (attention == Sense.POWER_ON_OR_RESET_OCCURRED) {
                attentions.clear();
            }
            attentions.add(attention);
            attentive = true;
        }
    }

    /** What the guest is told now, and then not again; the first in the order of {@link Sense}. */
    @Nullable
    Sense takeAttention() {
        if (!attentive) {
            return null;
        }
        synchronized (attentions) {
            Sense first = attentions.isEmpty() ? null : attentions.iterator().next();
            if (first != null) {
                attentions.remove(first);
            }
            attentive = !attentions.isEmpty();
            return first;
        }
    }

    /** The guest has seen otherwise what an attention would tell it. */
    void forgo(Sense attention) {
        synchronized (attentions) {
            attentions.remove(attention);
            attentive = !attentions.isEmpty();
        }
    }

    void mediaEvent(int event) {
        mediaEvent.set(event);
    }

    int takeMediaEvent() {
        return mediaEvent.getAndSet(0);
    }

    boolean preventsRemoval() {
        return preventsRemoval;
    }

    void preventRemoval(boolean prevent) {
        preventsRemoval = prevent;
    }

    /** The guest's driver starts from the beginning. */
    void reset() {
        preventsRemoval = false;
        raise(Sense.POWER_ON_OR_RESET_OCCURRED);
    }
}
