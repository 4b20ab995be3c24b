package dev.troupe.transport.protocol;

/**
 * A piece of a shared memory region, 40 bytes: {@code u8 shmid, u8 pad[7], u64 fd offset, u64 shm offset, u64 length, u64
 * flags}.
 *
 * @param shmid the region
 * @param fdOffset where it begins in the file
 * @param shmOffset where it goes in the region
 * @param lengthBytes the length
 * @param flags bit 0: writable
 */
public record ShmemMapping(int shmid, long fdOffset, long shmOffset, long lengthBytes, long flags) {}
