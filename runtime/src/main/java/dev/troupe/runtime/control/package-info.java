/**
 * The control socket: how other commands talk to a running daemon. Requests and replies are lines of JSON, and every
 * request is one of the messages that the daemon's guardian understands. Only the daemon's own user and root may talk.
 */
@NullMarked
package dev.troupe.runtime.control;

import org.jspecify.annotations.NullMarked;
