/**
 * Guest memory: the regions a front end handed over, immutable snapshots of the memory table, and the dirty log. Every
 * address from outside is translated and checked here, once, and nowhere else. Whoever uses memory holds a reference to
 * it, so that nothing is unmapped under a request that is still under way.
 */
@NullMarked
package dev.troupe.transport.memory;

import org.jspecify.annotations.NullMarked;
