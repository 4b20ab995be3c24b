/**
 * {@code troupe probe}: tells what any vhost-user back end offers, this program's or another's. It connects as a front end
 * does, asks for features and configuration, and drives no queue. Which device type it is talking to is guessed from the
 * answers, and names are taken from what the device types tell about themselves.
 */
@NullMarked
package dev.troupe.runtime.probe;

import org.jspecify.annotations.NullMarked;
