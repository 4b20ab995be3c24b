/** Tests of the protocol package. */
@NullMarked
package dev.troupe.transport.protocol;

import org.jspecify.annotations.NullMarked;
