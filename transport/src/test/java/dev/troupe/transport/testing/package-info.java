/**
 * Test fixtures that other modules use too. A class belongs here if tests of more than one package need it. Nothing here is
 * shipped.
 */
@NullMarked
package dev.troupe.transport.testing;

import org.jspecify.annotations.NullMarked;
