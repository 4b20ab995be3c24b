package dev.troupe.runtime.control;

import dev.troupe.actors.daemon.ConversationAnswer;
import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.daemon.DaemonStatus;
import dev.troupe.actors.daemon.Outcome;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Scheduler;
import org.apache.pekko.actor.typed.javadsl.AskPattern;

/** Asks a daemon's guardian and turns what it answers into replies. Any thread may use it. */
public final class DaemonGate {

    private final ActorRef<DaemonCommand> daemon;
    private final Scheduler scheduler;
    private final Duration timeout;

    /**
     * Creates one.
     *
     * @param daemon the guardian
     * @param scheduler its actor system's scheduler
     * @param timeout how long an answer is waited for
     */
    public DaemonGate(ActorRef<DaemonCommand> daemon, Scheduler scheduler, Duration timeout) {
        this.daemon = daemon;
        this.scheduler = scheduler;
        this.timeout = timeout;
    }

    /** Tells the guardian something and gets its answer; fails if there is none in time. */
    public <T> CompletionStage<T> command(Function<ActorRef<T>, DaemonCommand> command) {
        return AskPattern.ask(daemon, command::apply, timeout, scheduler);
    }

    /** Asks for something; the answer never fails, it may be a {@link ControlReply.Failed}. */
    public CompletionStage<ControlReply> ask(ControlRequest request) {
        return switch (request) {
            case ControlRequest.Status _ -> status();
            case ControlRequest.Upgrade _ ->
                CompletableFuture.completedFuture(new ControlReply.Failed("This daemon cannot be upgraded."));
            case ControlRequest.Shutdown _ -> outcome(DaemonCommand.Shutdown::new);
            case ControlRequest.Start start ->
                outcome(replyTo -> new DaemonCommand.StartDevice(start.device(), replyTo));
            case ControlRequest.Stop stop -> outcome(replyTo -> new DaemonCommand.StopDevice(stop.device(), replyTo));
            case ControlRequest.Restart restart ->
                outcome(replyTo -> new DaemonCommand.RestartDevice(restart.device(), replyTo));
            case ControlRequest.Remove remove ->
                outcome(replyTo -> new DaemonCommand.RemoveDevice(remove.device(), remove.how(), replyTo));
            case ControlRequest.Reload _, ControlRequest.Add _, ControlRequest.AddFile _, ControlRequest.Save _ ->
                CompletableFuture.completedStage(
                        new ControlReply.Failed("This daemon runs without a configuration file."));
            case ControlRequest.Converse converse -> converse(converse);
            case ControlRequest.Command command ->
                outcome(replyTo -> new DaemonCommand.CommandDevice(
                        command.device(), command.verb(), command.arguments(), replyTo));
        };
    }

    private CompletionStage<ControlReply> status() {
        return AskPattern.<DaemonCommand, DaemonStatus>ask(daemon, DaemonCommand.GetStatus::new, timeout, scheduler)
                .<ControlReply>thenApply(ControlReply.Status::new)
                .exceptionally(cause -> noAnswer());
    }

    private CompletionStage<ControlReply> converse(ControlRequest.Converse request) {
        return this.<ConversationAnswer>command(replyTo -> new DaemonCommand.ConverseWithDevice(
                        request.device(), request.verb(), request.arguments(), replyTo))
                .<ControlReply>thenApply(answer -> switch (answer) {
                    case ConversationAnswer.Agreed agreed -> new ControlReply.Agreed(agreed.conversation());
                    case ConversationAnswer.Refused refused -> new ControlReply.Failed(refused.reason());
                })
                .exceptionally(cause -> noAnswer());
    }

    private CompletionStage<ControlReply> outcome(Function<ActorRef<Outcome>, DaemonCommand> command) {
        return AskPattern.<DaemonCommand, Outcome>ask(daemon, command::apply, timeout, scheduler)
                .<ControlReply>thenApply(outcome -> switch (outcome) {
                    case Outcome.Done done -> new ControlReply.Done(done.text());
                    case Outcome.Refused refused -> new ControlReply.Failed(refused.reason());
                })
                .exceptionally(cause -> noAnswer());
    }

    private ControlReply noAnswer() {
        return new ControlReply.Failed("The daemon did not answer within " + timeout.toSeconds()
                + " s; 'troupe status' tells what became of it.");
    }
}
