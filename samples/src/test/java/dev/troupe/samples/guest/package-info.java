/**
 * Tests of the guests themselves, with QEMU's storage daemon behind their disks. They prove that a guest starts, that what
 * it says about a disk can be believed, and that nothing of it stays behind. Those named IT boot real machines.
 */
@NullMarked
package dev.troupe.samples.guest;

import org.jspecify.annotations.NullMarked;
