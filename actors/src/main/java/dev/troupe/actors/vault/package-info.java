/**
 * What of a daemon outlives its process. Descriptors lie in a {@link Vault} outside, under names, and one record a device
 * says what they are for; the next process finds both in its {@link Inheritance}. Nothing here knows an actor, and nothing
 * here is touched by a request on the data path.
 */
@NullMarked
package dev.troupe.actors.vault;

import org.jspecify.annotations.NullMarked;
