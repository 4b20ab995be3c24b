/** Tests of the program as a whole. */
@NullMarked
package dev.troupe.runtime;

import org.jspecify.annotations.NullMarked;
