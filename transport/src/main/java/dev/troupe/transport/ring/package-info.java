/**
 * The device's side of virtqueues, split and packed (Virtual I/O Device 1.4, sections 2.7 and 2.8), and the in-flight log
 * that lets a queue be taken up again after a crash. What the guest writes is read once, checked, and only then used; a
 * driver that breaks the rules fails its own queue and nothing else. A queue belongs to one thread, holds no lock and
 * allocates nothing for a request once it is warm.
 */
@NullMarked
package dev.troupe.transport.ring;

import org.jspecify.annotations.NullMarked;
