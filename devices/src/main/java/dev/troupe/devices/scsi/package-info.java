/**
 * The SCSI host device, virtio section 5.6. A {@code ScsiRequestQueue} decodes commands into {@code ScsiTask}s, which the
 * {@code …Commands} classes carry out on a {@code LogicalUnit}; a {@code Nexus} is one guest's way to such a unit. What the
 * storage behind a unit can do is the storage's to say.
 */
@NullMarked
package dev.troupe.devices.scsi;

import org.jspecify.annotations.NullMarked;
