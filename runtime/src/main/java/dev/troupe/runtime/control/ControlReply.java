package dev.troupe.runtime.control;

import dev.troupe.actors.daemon.DaemonStatus;
import dev.troupe.actors.device.Conversation;

/** What a daemon answers over the control socket. */
public sealed interface ControlReply {

    /**
     * The state of the daemon.
     *
     * @param status its devices
     * @param lineage what processes it has been
     */
    record Status(DaemonStatus status, Lineage lineage) implements ControlReply {

        /** The state of a daemon whose first process still runs. */
        public Status(DaemonStatus status) {
            this(status, Lineage.FIRST);
        }
    }

    /**
     * It was done.
     *
     * @param text what to show the operator, possibly empty
     */
    record Done(String text) implements ControlReply {}

    /**
     * It has been agreed to: what follows on the connection is the conversation. Written as an empty {@link Done}.
     *
     * @param conversation the device's side of it
     */
    record Agreed(Conversation conversation) implements ControlReply {}

    /**
     * It was not done.
     *
     * @param error one or more sentences that say why
     * @param configuration whether it is a configuration that is wrong
     */
    record Failed(String error, boolean configuration) implements ControlReply {

        /** Not because of a configuration. */
        public Failed(String error) {
            this(error, false);
        }
    }
}
