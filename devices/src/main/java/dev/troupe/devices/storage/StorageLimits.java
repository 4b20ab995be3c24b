package dev.troupe.devices.storage;

/**
 * What a back end can and likes to do.
 *
 * @param logicalBlockBytes the smallest unit it can address, a power of two of at least 512
 * @param physicalBlockBytes the smallest unit it writes without reading first, a multiple of the logical block
 * @param minimumIoBytes the smallest I/O that it likes, 0 if it does not care
 * @param optimalIoBytes the I/O that it likes best, 0 if it does not care
 * @param discardBytes the unit in which it can give space back
 * @param discards whether it can give space back at all
 * @param securelyErases whether it can destroy data and all copies of it
 */
public record StorageLimits(
        int logicalBlockBytes,
        int physicalBlockBytes,
        int minimumIoBytes,
        int optimalIoBytes,
        int discardBytes,
        boolean discards,
        boolean securelyErases) {}
