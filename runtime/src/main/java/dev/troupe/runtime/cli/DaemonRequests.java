package dev.troupe.runtime.cli;

import dev.troupe.actors.vault.Vault;
import dev.troupe.runtime.control.ControlReply;
import dev.troupe.runtime.control.ControlRequest;
import dev.troupe.runtime.control.ControlServer;
import dev.troupe.runtime.control.DaemonGate;
import dev.troupe.runtime.control.Lineage;
import dev.troupe.runtime.reload.Reloader;
import dev.troupe.runtime.upgrade.LineageRecord;
import dev.troupe.runtime.upgrade.Upgrade;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Answers the control socket: most requests are the daemon's, some concern its process. Any thread. */
final class DaemonRequests {

    private final DaemonGate gate;
    private final Upgrade upgrade;
    private final Reloader reloader;
    private volatile Lineage lineage = Lineage.FIRST;
    private volatile @Nullable ControlServer server;

    DaemonRequests(DaemonGate gate, Upgrade upgrade, Reloader reloader) {
        this.gate = gate;
        this.upgrade = upgrade;
        this.reloader = reloader;
    }

    /** Tells whose socket it is that is answered; before, no upgrade is possible. */
    void servedBy(ControlServer started) {
        server = started;
    }

    /** The daemon has got another process; the next one will know. */
    void became(Lineage now, Vault vault) {
        lineage = now;
        LineageRecord.put(vault, now);
    }

    CompletionStage<ControlReply> answer(ControlRequest request) {
        return switch (request) {
            case ControlRequest.Upgrade wanted -> upgrade(wanted.program());
            case ControlRequest.Status _ ->
                gate.ask(request)
                        .thenApply(reply -> reply instanceof ControlReply.Status status
                                ? new ControlReply.Status(status.status(), lineage)
                                : reply);
            default -> reloader.ask(request);
        };
    }

    private CompletionStage<ControlReply> upgrade(Optional<String> program) {
        ControlServer own = server;
        if (own == null) {
            return CompletableFuture.completedFuture(new ControlReply.Failed("The daemon still starts; try again."));
        }
        return reloader.upgrade(
                () -> {
                    ControlReply result = upgrade.to(program, own.lock(), lineage);
                    if (result instanceof ControlReply.Done) {
                        own.leave();
                    }
                    return result;
                },
                upgrade::leave);
    }
}
