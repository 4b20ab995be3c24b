package dev.troupe.actors.session;

import dev.troupe.transport.ring.InflightRegion;
import dev.troupe.transport.ring.RingAreas;
import dev.troupe.transport.sys.Fd;
import org.jspecify.annotations.Nullable;

/**
 * What a front end said of one vring.
 *
 * @param index its number
 * @param size its entries, 0 before SET_VRING_NUM
 * @param areas its addresses in the front end's address space, null before SET_VRING_ADDR
 * @param logAddress where writes to the used ring are logged, or −1
 * @param base where it goes on, as SET_VRING_BASE carries it
 * @param kick the eventfd of the driver's kicks, if there is one
 * @param call the eventfd of our calls, if there is one
 * @param error the eventfd of our errors, if there is one
 * @param started whether SET_VRING_KICK has arrived since the ring was last stopped
 * @param enabled whether the front end enabled it
 * @param ownLog where its unfinished requests are remembered, if no region of the front end has room for them
 */
public record VringRecord(
        int index,
        int size,
        @Nullable RingAreas areas,
        long logAddress,
        int base,
        @Nullable Fd kick,
        @Nullable Fd call,
        @Nullable Fd error,
        boolean started,
        boolean enabled,
        @Nullable InflightRegion ownLog) {

    static VringRecord initial(int index) {
        return new VringRecord(index, 0, null, -1, 0, null, null, null, false, false, null);
    }

    /** Whether everything is there that a queue needs to run. */
    public boolean complete() {
        return started && size > 0 && areas != null;
    }

    VringRecord withSize(int newSize) {
        return new VringRecord(index, newSize, areas, logAddress, base, kick, call, error, started, enabled, ownLog);
    }

    VringRecord withAreas(RingAreas newAreas, long newLogAddress) {
        return new VringRecord(index, size, newAreas, newLogAddress, base, kick, call, error, started, enabled, ownLog);
    }

    VringRecord withBase(int newBase) {
        return new VringRecord(index, size, areas, logAddress, newBase, kick, call, error, started, enabled, ownLog);
    }

    VringRecord withKick(@Nullable Fd newKick) {
        return new VringRecord(index, size, areas, logAddress, base, newKick, call, error, true, enabled, ownLog);
    }

    VringRecord withCall(@Nullable Fd newCall) {
        return new VringRecord(index, size, areas, logAddress, base, kick, newCall, error, started, enabled, ownLog);
    }

    VringRecord withError(@Nullable Fd newError) {
        return new VringRecord(index, size, areas, logAddress, base, kick, call, newError, started, enabled, ownLog);
    }

    VringRecord withEnabled(boolean isEnabled) {
        return new VringRecord(index, size, areas, logAddress, base, kick, call, error, started, isEnabled, ownLog);
    }

    VringRecord withOwnLog(@Nullable InflightRegion region) {
        return new VringRecord(index, size, areas, logAddress, base, kick, call, error, started, enabled, region);
    }

    /** After GET_VRING_BASE: kick, call and log are released, addresses are forgotten, size and enabled bit stay. */
    VringRecord stopped(int stoppedAt) {
        return new VringRecord(index, size, null, -1, stoppedAt, null, null, error, false, enabled, null);
    }
}
