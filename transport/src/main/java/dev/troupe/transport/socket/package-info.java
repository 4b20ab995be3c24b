/**
 * The Unix sockets that vhost-user runs over: listening, connecting, taking over inherited sockets, and whole messages with
 * their descriptors, without ever blocking. Sockets are made by junixsocket and then owned as any other descriptor of this
 * program; nobody else sees that library. A message's meaning is not looked at here, only where it begins and ends.
 */
@NullMarked
package dev.troupe.transport.socket;

import org.jspecify.annotations.NullMarked;
