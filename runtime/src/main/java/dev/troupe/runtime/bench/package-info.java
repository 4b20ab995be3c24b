/**
 * {@code troupe bench}: drives any vhost-user back end with load, without a virtual machine, and measures it. It is a front
 * end with one thread a queue that behaves as a driver does: it fills the ring, sleeps on the call eventfd, takes what was
 * returned and fills again. It allocates nothing for a request, so that what is measured is the back end.
 */
@NullMarked
package dev.troupe.runtime.bench;

import org.jspecify.annotations.NullMarked;
