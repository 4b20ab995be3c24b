/**
 * The actor tree above connections: the {@link DaemonActor} at the root and a {@link DeviceSupervisor} for each device,
 * which opens, closes and restarts it and decides when it is given up. {@link DaemonSystem} starts all of it.
 */
@NullMarked
package dev.troupe.actors.tree;

import org.jspecify.annotations.NullMarked;
