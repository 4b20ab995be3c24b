package dev.troupe.actors.daemon;

import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;

/** What a daemon can be told. Replies are sent when the thing is done, not when it is accepted. */
public sealed interface DaemonCommand {

    /** Asks for the state of every device. */
    record GetStatus(ActorRef<DaemonStatus> replyTo) implements DaemonCommand {}

    /** Adds a device and, if it is enabled, starts it. */
    record AddDevice(DeviceSpec spec, ActorRef<Outcome> replyTo) implements DaemonCommand {}

    /** Stops a device, closes its socket and forgets it. */
    record RemoveDevice(String device, ActorRef<Outcome> replyTo) implements DaemonCommand {}

    /** Starts a stopped or quarantined device. */
    record StartDevice(String device, ActorRef<Outcome> replyTo) implements DaemonCommand {}

    /** Stops a device: its queues are drained, its host resource closed; its socket stays open and the guest's requests wait. */
    record StopDevice(String device, ActorRef<Outcome> replyTo) implements DaemonCommand {}

    /** Closes a device's host resource and opens it again behind the open socket. */
    record RestartDevice(String device, ActorRef<Outcome> replyTo) implements DaemonCommand {}

    /** Gives a command of its type to a running device. */
    record CommandDevice(String device, String verb, List<String> arguments, ActorRef<Outcome> replyTo)
            implements DaemonCommand {
        /** Copies the arguments. */
        public CommandDevice {
            arguments = List.copyOf(arguments);
        }
    }

    /** Drains and stops every device and ends the daemon. */
    record Shutdown(ActorRef<Outcome> replyTo) implements DaemonCommand {}
}
