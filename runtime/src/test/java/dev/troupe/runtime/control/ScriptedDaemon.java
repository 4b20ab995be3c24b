package dev.troupe.runtime.control;

import dev.troupe.actors.daemon.ConversationAnswer;
import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.daemon.DaemonSpecs;
import dev.troupe.actors.daemon.DaemonStatus;
import dev.troupe.actors.daemon.DeviceState;
import dev.troupe.actors.daemon.DeviceStatus;
import dev.troupe.actors.daemon.HandOverAnswer;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.daemon.QueueStatus;
import dev.troupe.actors.daemon.RestartCause;
import dev.troupe.actors.daemon.RestartNote;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.vault.Inheritance;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * A daemon with two devices that does whatever it is told to a device named disk0 and refuses everything else. Talking, it
 * repeats what it is told; its log cannot be had.
 */
public final class ScriptedDaemon {

    /** What it says of itself. */
    public static final DaemonStatus STATUS = new DaemonStatus(
            Instant.parse("2026-01-02T03:04:05Z"),
            List.of("loop 0"),
            List.of(
                    new DeviceStatus(
                            "disk0",
                            "blk",
                            DeviceState.RUNNING,
                            Instant.parse("2026-01-02T03:04:06Z"),
                            Optional.empty(),
                            "/run/troupe/disk0.sock",
                            Optional.of("pid 7"),
                            List.of(
                                    new QueueStatus(0, "running", 128, "split", 10, 512, 4096, 1, 2, 0),
                                    new QueueStatus(1, "running", 128, "split", 5, 0, 1 << 20, 0, 0, 0)),
                            3,
                            0,
                            Optional.empty(),
                            List.of(new RestartNote(
                                    Instant.parse("2026-01-02T03:04:06.5Z"), RestartCause.OPERATOR, "", 12))),
                    new DeviceStatus(
                            "rng0",
                            "rng",
                            DeviceState.BACKING_OFF,
                            Instant.parse("2026-01-02T03:04:06Z"),
                            Optional.of("The source is gone."),
                            "/run/troupe/rng0.sock",
                            Optional.empty(),
                            List.of(),
                            0,
                            4,
                            Optional.of("rng0: The source is gone."),
                            List.of())));

    private ScriptedDaemon() {}

    /** Its behaviour. */
    public static Behavior<DaemonCommand> create() {
        return Behaviors.receiveMessage(message -> {
            switch (message) {
                case DaemonCommand.GetStatus get -> get.replyTo().tell(STATUS);
                case DaemonCommand.GetSpecs get -> get.replyTo().tell(new DaemonSpecs(List.of()));
                case DaemonCommand.RehearseDevice rehearse ->
                    answer(rehearse.wanted().name(), "", rehearse.replyTo());
                case DaemonCommand.ChangeDevice change -> answer(change.wanted().name(), "", change.replyTo());
                case DaemonCommand.AddDevice add -> answer(add.spec().name(), "", add.replyTo());
                case DaemonCommand.RemoveDevice remove -> answer(remove.device(), "", remove.replyTo());
                case DaemonCommand.StartDevice start -> answer(start.device(), "", start.replyTo());
                case DaemonCommand.StopDevice stop -> answer(stop.device(), "", stop.replyTo());
                case DaemonCommand.RestartDevice restart -> answer(restart.device(), "", restart.replyTo());
                case DaemonCommand.CommandDevice command ->
                    answer(command.device(), "did " + command.verb() + " " + command.arguments(), command.replyTo());
                case DaemonCommand.ConverseWithDevice converse ->
                    converse.replyTo()
                            .tell(
                                    converse.device().equals("disk0")
                                            ? new ConversationAnswer.Agreed(
                                                    converse.verb().equals("log")
                                                            ? ScriptedDaemon::fail
                                                            : ScriptedDaemon::echo)
                                            : new ConversationAnswer.Refused("There is no device."));
                case DaemonCommand.Inherit inherit -> inherit.inheritance().close();
                case DaemonCommand.SettleInheritance settle -> settle.replyTo().tell(new Outcome.Done(""));
                case DaemonCommand.HandOver handOver ->
                    handOver.replyTo().tell(new HandOverAnswer.Ready(Inheritance.empty()));
                case DaemonCommand.Resume resume -> resume.replyTo().tell(new Outcome.Done(""));
                case DaemonCommand.DeviceStays _, DaemonCommand.DeviceEnded _ -> {}
                case DaemonCommand.Leave leave -> {
                    leave.replyTo().tell(new Outcome.Done(""));
                    return Behaviors.stopped();
                }
                case DaemonCommand.Shutdown shutdown -> {
                    shutdown.replyTo().tell(new Outcome.Done(""));
                    return Behaviors.stopped();
                }
            }
            return Behaviors.same();
        });
    }

    private static void echo(ByteChannel operator) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(64);
        while (operator.read(buffer) >= 0) {
            operator.write(buffer.flip());
            buffer.clear();
        }
    }

    private static void fail(ByteChannel operator) throws DeviceException {
        throw new DeviceException("It is blank.");
    }

    private static void answer(String device, String text, ActorRef<Outcome> replyTo) {
        replyTo.tell(
                device.equals("disk0")
                        ? new Outcome.Done(text)
                        : new Outcome.Refused("There is no device " + device + "."));
    }
}
