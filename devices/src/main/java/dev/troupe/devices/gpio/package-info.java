/**
 * The GPIO device, virtio section 5.18. A guest's lines are {@code ChipLine}s of a chip of the host, or of a simulated chip
 * whose lines can be wired together, driven and watched. Several guests may have lines of one chip, each line belongs to one.
 */
@NullMarked
package dev.troupe.devices.gpio;

import org.jspecify.annotations.NullMarked;
