/**
 * What keeps the sectors of a disk: an image file or block device, memory, or nothing. A {@code StorageBackend} is one disk's
 * sectors, shared by all of its queues, and a {@code StorageLane} is one queue's way to them, straight between the guest's
 * buffers and the host. Device types that have disks stand on it; it knows none of them.
 */
@NullMarked
package dev.troupe.devices.storage;

import org.jspecify.annotations.NullMarked;
