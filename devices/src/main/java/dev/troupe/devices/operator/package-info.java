/**
 * What operators' commands to devices have in common. Commands and conversations run on threads that may block; a device's
 * state belongs to its event loop. Here the ones ask the other, and wait.
 */
@NullMarked
package dev.troupe.devices.operator;

import org.jspecify.annotations.NullMarked;
