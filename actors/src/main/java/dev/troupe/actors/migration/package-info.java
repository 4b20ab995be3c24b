/**
 * What travels when a virtual machine moves to another host: a device's state as a document that its reader can check, and
 * the way of such a document through a descriptor that a front end gave us. The front end at either end does not look into
 * it. Nothing here knows sessions, actors or any particular device.
 */
@NullMarked
package dev.troupe.actors.migration;

import org.jspecify.annotations.NullMarked;
