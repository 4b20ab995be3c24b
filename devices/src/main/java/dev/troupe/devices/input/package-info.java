/**
 * The input device, virtio section 5.8. What happens at a device of the host, or by an operator's command, is a report;
 * {@code EventFlow} gives reports to the guest, whole or not at all, and keeps the guest's view of what is pressed true.
 * What a device can do is said by its {@code InputDescription}, which never changes under a guest.
 */
@NullMarked
package dev.troupe.devices.input;

import org.jspecify.annotations.NullMarked;
