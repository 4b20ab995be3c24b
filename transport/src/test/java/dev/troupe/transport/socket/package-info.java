/** Tests of the socket package. */
@NullMarked
package dev.troupe.transport.socket;

import org.jspecify.annotations.NullMarked;
