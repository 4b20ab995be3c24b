/**
 * What one front end has agreed with us, and whether what it asks next is allowed. A {@link SessionRecord} holds it all,
 * immutable, one level above whatever may crash; a {@link Session} checks each request against it and makes the next
 * one. Nothing here sends, waits or runs a queue.
 */
@NullMarked
package dev.troupe.actors.session;

import org.jspecify.annotations.NullMarked;
