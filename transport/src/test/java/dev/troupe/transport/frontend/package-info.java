/** Tests of the frontend package. */
@NullMarked
package dev.troupe.transport.frontend;

import org.jspecify.annotations.NullMarked;
