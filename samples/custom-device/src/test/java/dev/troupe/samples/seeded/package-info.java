/** Tests of the sample device: the contract suite, what the type itself promises, and a guest's own driver as the judge. */
@NullMarked
package dev.troupe.samples.seeded;

import org.jspecify.annotations.NullMarked;
