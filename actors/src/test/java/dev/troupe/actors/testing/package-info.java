/**
 * What tests of actors and devices share: a daemon in this process, and a guest's driver that talks to it through a real
 * socket, real memory files and real eventfds.
 */
@NullMarked
package dev.troupe.actors.testing;

import org.jspecify.annotations.NullMarked;
