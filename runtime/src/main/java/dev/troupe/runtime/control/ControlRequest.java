package dev.troupe.runtime.control;

import dev.troupe.actors.daemon.Removal;
import java.util.List;
import java.util.Map;
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

    /** Has a device talk with the asker by a command of its type: after the reply the connection is theirs. */
    record Converse(String device, String verb, List<String> arguments) implements ControlRequest {
        /** Copies the arguments. */
        public Converse {
            arguments = List.copyOf(arguments);
        }
    }

    /**
     * Puts another process in the place of the daemon's, which takes every connection over.
     *
     * @param program the program to run, as a path; empty for the one that was started, as it is now
     */
    record Upgrade(Optional<String> program) implements ControlRequest {}

    /**
     * Loads the configuration again and makes the daemon what it says.
     *
     * @param dryRun only tell what would be done
     * @param force disconnect front ends where that is needed
     */
    record Reload(boolean dryRun, boolean force) implements ControlRequest {}

    /**
     * Adds a device.
     *
     * @param name its name
     * @param settings its options as texts, {@code type} among them
     * @param folder where relative paths start
     */
    record Add(String name, Map<String, String> settings, String folder) implements ControlRequest {
        /** Copies the settings. */
        public Add {
            settings = Map.copyOf(settings);
        }
    }

    /**
     * Adds the devices that a file describes.
     *
     * @param file the file, which the daemon reads
     */
    record AddFile(String file) implements ControlRequest {}

    /** Removes a device. */
    record Remove(String device, Removal how) implements ControlRequest {}

    /**
     * Saves what was changed at run time.
     *
     * @param to where, if not beside the configuration
     */
    record Save(Optional<String> to) implements ControlRequest {}

    /** Drains and stops every device and ends the daemon. */
    record Shutdown() implements ControlRequest {}
}
