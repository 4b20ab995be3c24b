/**
 * The block device, virtio section 5.2. A {@code BlkQueue} reads and checks what the guest asks for and has a lane of the
 * storage carry it out. {@code BlkDevice} is what the queues share: what the driver is told, and the write cache.
 */
@NullMarked
package dev.troupe.devices.blk;

import org.jspecify.annotations.NullMarked;
