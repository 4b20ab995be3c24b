/**
 * What tests of every device share: an event loop and file operations under the test's hand, a queue with its driver,
 * and the contract that each device has to keep. Nothing here knows of a particular device. The driver's side stands
 * apart from the device's, so that the same requests can go through a socket.
 */
@NullMarked
package dev.troupe.devices.testing;

import org.jspecify.annotations.NullMarked;
