/**
 * The vhost-user messages: which requests, replies and feature bits exist, how each looks on the wire, and whether a
 * received one is well formed. Each wire format is written down here once, with its number and size, and serves both
 * ends of a connection. Nothing in this package keeps state or knows what a connection has negotiated.
 */
@NullMarked
package dev.troupe.transport.protocol;

import org.jspecify.annotations.NullMarked;
