/**
 * Real guests to run: a QEMU with a distribution's own kernel, started with vhost-user devices attached, that runs one
 * script and says how it went. {@code samples/guests/prepare.sh} gets all of it from packages; this package only starts
 * it, talks with it over its serial port and makes sure that nothing of it is left. A guest knows of its devices nothing
 * but the paths of their sockets, so any back end can stand behind them.
 */
@NullMarked
package dev.troupe.samples.guest;

import org.jspecify.annotations.NullMarked;
