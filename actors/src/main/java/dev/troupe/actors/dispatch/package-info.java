/**
 * Event loops as Pekko dispatchers. An {@link EventLoops} owns the loops of one actor system and is handed to it as its
 * default execution context; actors that choose a loop's dispatcher run on that loop's thread, between its kernel
 * events, with no other thread in between.
 */
@NullMarked
package dev.troupe.actors.dispatch;

import org.jspecify.annotations.NullMarked;
