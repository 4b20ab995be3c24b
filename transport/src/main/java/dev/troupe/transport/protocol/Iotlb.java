package dev.troupe.transport.protocol;

/**
 * One entry of the IOMMU's translations, 26 bytes, padded to 32 by most peers: {@code u64 iova, u64 size, u64 user
 * address, u8 perm, u8 type}.
 *
 * @param iova the address the driver uses
 * @param sizeBytes the length
 * @param userAddress the address in the front end's process
 * @param permission 1 read, 2 write, 3 both
 * @param type 1 miss, 2 update, 3 invalidate, 4 access fail
 */
public record Iotlb(long iova, long sizeBytes, long userAddress, int permission, int type) {
    /** The driver used an address the back end does not know. */
    public static final int MISS = 1;
    /** A new translation. */
    public static final int UPDATE = 2;
    /** A translation is gone. */
    public static final int INVALIDATE = 3;
    /** An address cannot be translated. */
    public static final int ACCESS_FAIL = 4;
}
