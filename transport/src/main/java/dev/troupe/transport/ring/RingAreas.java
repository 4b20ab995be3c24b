package dev.troupe.transport.ring;

/**
 * Where the three parts of a ring lie, as user addresses of the front end (SET_VRING_ADDR).
 *
 * @param descriptorArea the descriptor table (split) or the descriptor ring (packed); aligned to 16
 * @param driverArea the available ring (split, aligned to 2) or the driver event suppression area (packed, aligned to 4)
 * @param deviceArea the used ring (split, aligned to 4) or the device event suppression area (packed, aligned to 4)
 */
public record RingAreas(long descriptorArea, long driverArea, long deviceArea) {}
