/**
 * The front-end side of vhost-user: what a virtual machine monitor and a guest's driver do, without a virtual machine. It
 * connects to a back end, negotiates, hands over memory and eventfds, and drives virtqueues. Tests, the probe and the
 * benchmark use it, against this program's devices and against any other back end.
 */
@NullMarked
package dev.troupe.transport.frontend;

import org.jspecify.annotations.NullMarked;
