package dev.troupe.transport.protocol;

/**
 * Describes the shared memory of the in-flight log: {@code u64 mmap size, u64 mmap offset, u16 num queues, u16 queue
 * size}. The specification's 20 bytes are sent as 24 by every peer that sends its C structure.
 *
 * @param mmapSizeBytes the length of the mapping
 * @param mmapOffset where it begins in the file
 * @param numQueues the number of virtqueues
 * @param queueSize their size in descriptors
 */
public record InflightRegion(long mmapSizeBytes, long mmapOffset, int numQueues, int queueSize) {}
