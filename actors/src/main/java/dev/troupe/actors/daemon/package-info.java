/**
 * What a daemon is told and what it tells: the messages of its guardian, what is wanted of each device, and the state
 * of each device as an operator sees it. Everything that starts, stops or shows a device, the control socket included,
 * is a client of these messages; there is no second way.
 */
@NullMarked
package dev.troupe.actors.daemon;

import org.jspecify.annotations.NullMarked;
