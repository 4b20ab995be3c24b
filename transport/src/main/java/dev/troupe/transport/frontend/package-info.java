/**
 * The other end: a front end with its guest memory and the driver's side of virtqueues. It is what the tests and the bench
 * tool drive devices with, through the same protocol and the same ring layouts. Nothing that serves a guest uses it.
 */
@NullMarked
package dev.troupe.transport.frontend;

import org.jspecify.annotations.NullMarked;
