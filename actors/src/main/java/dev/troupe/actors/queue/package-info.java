/**
 * One virtqueue at work. A {@link QueueActor} takes the control messages of a queue, its {@link QueueRunner} walks the
 * ring and calls the device's handler on the same event loop, and a {@link QueueSeat} keeps what must survive when
 * either of them fails. What a failure means is decided in {@link Failure} alone.
 */
@NullMarked
package dev.troupe.actors.queue;

import org.jspecify.annotations.NullMarked;
