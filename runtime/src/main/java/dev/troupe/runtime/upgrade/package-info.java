/**
 * Another process in the place of this one, while guests stay connected: {@code troupe upgrade}. The running process starts
 * its successor and gives it everything over a socket between the two; until the successor says that all devices run, the
 * running one can go on as if nothing had happened. What travels is the same as what a service manager keeps for a crash.
 */
@NullMarked
package dev.troupe.runtime.upgrade;

import org.jspecify.annotations.NullMarked;
