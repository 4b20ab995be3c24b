package dev.troupe.transport.ring;

/**
 * What was negotiated that changes how a ring is read and written.
 *
 * @param packed VIRTIO_F_RING_PACKED (34): the packed layout instead of the split one
 * @param eventIdx VIRTIO_F_EVENT_IDX (29): kicks and calls are asked for by position
 * @param indirect VIRTIO_F_INDIRECT_DESC (28): a descriptor may point to a table of descriptors
 * @param inOrder VIRTIO_F_IN_ORDER (35): buffers are returned in the order in which they were made available
 */
public record RingFeatures(boolean packed, boolean eventIdx, boolean indirect, boolean inOrder) {

    /** The split layout with nothing else negotiated. */
    public static final RingFeatures SPLIT = new RingFeatures(false, false, false, false);

    /** The packed layout with nothing else negotiated. */
    public static final RingFeatures PACKED = new RingFeatures(true, false, false, false);
}
