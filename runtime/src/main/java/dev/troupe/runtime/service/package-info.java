/**
 * The service manager that this program runs under: systemd, or our own parent process, which speaks the same protocol. It is
 * told when the daemon serves and that it is alive, and it keeps descriptors for the process that comes after a crash. What
 * it hands over at the start is taken here, and nowhere else.
 */
@NullMarked
package dev.troupe.runtime.service;

import org.jspecify.annotations.NullMarked;
