/**
 * The event loop: one thread that waits for kicks, timers, tasks and file I/O in one system call an iteration. It runs on
 * io_uring, or on epoll with a few blocking threads behind it where io_uring is missing; both behave the same. Nothing is
 * allocated for an operation, nothing is locked on the way of one, and no owner of work can starve or break another.
 */
@NullMarked
package dev.troupe.transport.loop;

import org.jspecify.annotations.NullMarked;
