/**
 * One device's socket and the front end at its other end. A {@link TransportActor} owns the sockets and the order of
 * messages; a {@link ConnectionActor} obeys the messages of one front end and starts and stops its queues. Either may
 * fail without the socket being closed.
 */
@NullMarked
package dev.troupe.actors.connection;

import org.jspecify.annotations.NullMarked;
