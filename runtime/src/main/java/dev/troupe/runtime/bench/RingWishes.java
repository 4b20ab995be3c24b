package dev.troupe.runtime.bench;

import dev.troupe.transport.protocol.VirtioFeature;
import dev.troupe.transport.ring.RingFeatures;
import java.util.Optional;

/**
 * How rings are wanted; what is left open is used if the back end offers it.
 *
 * @param packed the packed layout in place of the split one
 * @param eventIdx VIRTIO_F_EVENT_IDX
 * @param indirect VIRTIO_F_INDIRECT_DESC
 */
record RingWishes(boolean packed, Optional<Boolean> eventIdx, Optional<Boolean> indirect) {

    /**
     * What comes of it with a certain back end.
     *
     * @param offered the feature bits it offers
     * @throws BenchException if it does not offer something that is wanted
     */
    RingFeatures against(long offered) throws BenchException {
        if (packed && !VirtioFeature.RING_PACKED.isIn(offered)) {
            throw new BenchException("The back end does not offer packed rings (RING_PACKED): use --layout split.");
        }
        return new RingFeatures(
                packed,
                settle(eventIdx, VirtioFeature.EVENT_IDX, "--event-idx off", offered),
                settle(indirect, VirtioFeature.INDIRECT_DESC, "--indirect off", offered),
                false);
    }

    /** The feature bits that belong to ring features. */
    static long bits(RingFeatures ring) {
        return (ring.packed() ? VirtioFeature.RING_PACKED.mask() : 0)
                | (ring.eventIdx() ? VirtioFeature.EVENT_IDX.mask() : 0)
                | (ring.indirect() ? VirtioFeature.INDIRECT_DESC.mask() : 0);
    }

    private static boolean settle(Optional<Boolean> wish, VirtioFeature feature, String otherwise, long offered)
            throws BenchException {
        boolean there = feature.isIn(offered);
        if (!there && wish.orElse(false)) {
            throw new BenchException("The back end does not offer " + feature + ": use " + otherwise + ".");
        }
        return wish.orElse(there);
    }
}
