package dev.troupe.runtime.control;

import java.util.List;
import java.util.Optional;

/** What can be asked for over the control socket: the daemon's messages that make sense from outside. */
public sealed interface ControlRequest {

    /** Asks for the state of every device. */
    record Status() implements ControlRequest {}

    /** Starts a stopped or quarantined device. */
    record Start(String device) implements ControlRequest {}

    /** Stops a device behind its open socket. */
    record Stop(String device) implements ControlRequest {}

    /** Restarts a device behind its open socket. */
    record Restart(String device) implements ControlRequest {}

    /** Gives a command of its type to a device. */
    record Command(String device, String verb, List<String> arguments) implements ControlRequest {
        /** Copies the arguments. */
        public Command {
            arguments = List.copyOf(arguments);
        }
    }

    /**
     * Puts another process in the place of the daemon's, which takes every connection over.
     *
     * @param program the program to run, as a path; empty for the one that was started, as it is now
     */
    record Upgrade(Optional<String> program) implements ControlRequest {}

    /** Drains and stops every device and ends the daemon. */
    record Shutdown() implements ControlRequest {}
}
