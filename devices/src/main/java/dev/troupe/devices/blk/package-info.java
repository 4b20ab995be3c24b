/**
 * The block device, virtio section 5.2. A {@code BlkQueue} reads and checks what the guest asks for, a
 * {@code BlkBackend} is what keeps the sectors, and a {@code BlkLane} is one queue's way to it. Each kind of back end
 * (file or block device, memory, null) is one class behind the same interface.
 */
@NullMarked
package dev.troupe.devices.blk;

import org.jspecify.annotations.NullMarked;
