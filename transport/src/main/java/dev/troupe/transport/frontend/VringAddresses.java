package dev.troupe.transport.frontend;

/**
 * Where a vring's three areas are, in the front end's own address space.
 *
 * @param descriptors the descriptor table or, packed, the descriptor ring
 * @param used the used ring or, packed, the device event suppression area
 * @param avail the avail ring or, packed, the driver event suppression area
 */
public record VringAddresses(long descriptors, long used, long avail) {}
