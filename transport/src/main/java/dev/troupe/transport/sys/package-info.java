/**
 * The system-call room: the only package that calls the kernel. It owns file descriptors, mappings and the two kernel
 * event interfaces, and turns every failed call into an exception that names the call and its error. A descriptor's
 * number never leaves it.
 */
@NullMarked
package dev.troupe.transport.sys;

import org.jspecify.annotations.NullMarked;
