/**
 * The small parent of {@code troupe run --supervised}. It keeps the descriptors that the daemon gives it, starts the daemon
 * again when that has crashed, and passes signals on; it does so with a service manager's protocol, so the daemon does not
 * know whom it has above it. It uses as little of Java as it can, because it is there for its small size and for not failing.
 */
@NullMarked
package dev.troupe.runtime.parent;

import org.jspecify.annotations.NullMarked;
