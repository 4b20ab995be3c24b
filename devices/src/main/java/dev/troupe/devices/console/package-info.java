/**
 * The console device, virtio section 5.3: byte streams between a guest and its host, some of them terminals. What a guest
 * writes goes into its port's log, from which everybody who listens reads at his own pace; what is written at a port waits
 * until the guest takes it. Control messages follow from the difference between how ports are and what the driver was told.
 */
@NullMarked
package dev.troupe.devices.console;

import org.jspecify.annotations.NullMarked;
