/** Tests of whole devices: a daemon, a socket, a guest. */
@NullMarked
package dev.troupe.actors.tree;

import org.jspecify.annotations.NullMarked;
