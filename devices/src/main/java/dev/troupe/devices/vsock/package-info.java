/**
 * The socket device, virtio section 5.10: connections between a guest and the host, or another guest of the same daemon. The
 * {@code Multiplexer} knows a guest's connections, a {@code Connection} speaks the guest's side of one of them, and a
 * {@code FarEnd} is what stands behind it. Everything of one device happens on its event loop.
 */
@NullMarked
package dev.troupe.devices.vsock;

import org.jspecify.annotations.NullMarked;
