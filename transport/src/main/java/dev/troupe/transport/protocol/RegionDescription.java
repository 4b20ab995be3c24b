package dev.troupe.transport.protocol;

/**
 * One memory region as the front end describes it, 32 bytes: {@code u64 guest address, u64 size, u64 user address, u64
 * mmap offset}. The numbers are unsigned and unchecked.
 *
 * @param guestAddress guest physical address of the region's first byte
 * @param sizeBytes its length
 * @param userAddress its address in the front end's own process, which ring addresses refer to
 * @param mmapOffset where it begins in the file that came with it
 */
public record RegionDescription(long guestAddress, long sizeBytes, long userAddress, long mmapOffset) {}
