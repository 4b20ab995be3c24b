/**
 * Tests with real machines, named IT: Troupe's devices with a guest's own drivers as the judges, over restarts, crashes and
 * put-in bugs; and tests of the guests themselves, with QEMU's storage daemon behind their disks, which prove that what a
 * guest says can be believed and that nothing of it stays behind.
 */
@NullMarked
package dev.troupe.samples.guest;

import org.jspecify.annotations.NullMarked;
