package dev.troupe.actors.daemon;

import dev.troupe.actors.device.ChangeEffect;
import dev.troupe.actors.vault.Inheritance;
import dev.troupe.actors.vault.Vault;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;

/** What a daemon can be told. Replies are sent when the thing is done, not when it is accepted. */
public sealed interface DaemonCommand {

    /** Asks for the state of every device. */
    record GetStatus(ActorRef<DaemonStatus> replyTo) implements DaemonCommand {}

    /** Asks what is wanted of every device. */
    record GetSpecs(ActorRef<DaemonSpecs> replyTo) implements DaemonCommand {}

    /** Adds a device and, if it is enabled, starts it. */
    record AddDevice(DeviceSpec spec, ActorRef<Outcome> replyTo) implements DaemonCommand {}

    /** Stops a device, closes its socket and forgets it. */
    record RemoveDevice(String device, Removal how, ActorRef<Outcome> replyTo) implements DaemonCommand {

        /** Drains the device first. */
        public RemoveDevice(String device, ActorRef<Outcome> replyTo) {
            this(device, Removal.DRAIN, replyTo);
        }
    }

    /**
     * Finds out, without changing anything, whether a device could be had with these settings, in place of the one of
     * that name if there is one.
     */
    record RehearseDevice(DeviceSpec wanted, ActorRef<Outcome> replyTo) implements DaemonCommand {}

    /**
     * Makes the device of that name what is wanted of it now. If that cannot be done, it goes on as it was.
     *
     * @param wanted what is wanted
     * @param effect what the change takes: the most that any changed option takes
     * @param force whether a front end may be disconnected where the guest would see another device
     * @param replyTo gets the answer when the device runs again, changed or not
     */
    record ChangeDevice(DeviceSpec wanted, ChangeEffect effect, boolean force, ActorRef<Outcome> replyTo)
            implements DaemonCommand {}

    /**
     * Lets the daemon outlive its process, and go on where an earlier one was: each device that is added takes up what the
     * inheritance has of it. Before the first device is added, or not at all. The daemon owns the inheritance from then on.
     *
     * @param vault where descriptors are kept for the next process
     * @param inheritance what an earlier process left
     */
    record Inherit(Vault vault, Inheritance inheritance) implements DaemonCommand {}

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

    /** Has a running device talk with an operator by a command of its type. */
    record ConverseWithDevice(String device, String verb, List<String> arguments, ActorRef<ConversationAnswer> replyTo)
            implements DaemonCommand {
        /** Copies the arguments. */
        public ConverseWithDevice {
            arguments = List.copyOf(arguments);
        }
    }

    /** Drains and stops every device and ends the daemon. */
    record Shutdown(ActorRef<Outcome> replyTo) implements DaemonCommand {}

    /**
     * Every device has been added that the configuration has: what is left of the inheritance belongs to devices that are
     * gone; it is closed, said in the log, and removed from the vault.
     */
    record SettleInheritance(ActorRef<Outcome> replyTo) implements DaemonCommand {}

    /**
     * Makes every device quiet and answers with all that a successor needs: requests are not waited for, the kernel's I/O
     * ends, what is unfinished stays in the in-flight logs, host resources are closed. Then either {@link Resume} or
     * {@link Leave} follows; other commands for devices wait until then.
     */
    record HandOver(ActorRef<HandOverAnswer> replyTo) implements DaemonCommand {}

    /** There is no successor after all: every device goes on as if nothing had happened. */
    record Resume(ActorRef<Outcome> replyTo) implements DaemonCommand {}

    /** A device is not removed, for a front end has connected in the meantime. Only what keeps the device says this. */
    record DeviceStays(String device) implements DaemonCommand {}

    /**
     * A device holds nothing any more and wants to be forgotten: nothing more is passed on to it. Only what keeps the
     * device says this.
     */
    record DeviceEnded(String device) implements DaemonCommand {}

    /**
     * Ends the daemon for a successor, which has or will find all there is: nothing is drained, no socket's file removed, no
     * connection shut down, nothing taken out of the vault. Allowed without {@link HandOver} before.
     */
    record Leave(ActorRef<Outcome> replyTo) implements DaemonCommand {}
}
