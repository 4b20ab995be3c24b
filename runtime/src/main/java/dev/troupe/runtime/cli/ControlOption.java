package dev.troupe.runtime.cli;

import dev.troupe.runtime.control.ControlClient;
import dev.troupe.runtime.control.ControlException;
import dev.troupe.runtime.control.ControlReply;
import dev.troupe.runtime.control.ControlRequest;
import dev.troupe.runtime.control.TalkFailedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that says which daemon is meant, and the way to it. */
final class ControlOption {

    @Option(
            names = "--control-socket",
            paramLabel = "PATH",
            description = "The daemon's control socket. Default: $TROUPE_CONTROL_SOCKET, else control.sock in"
                    + " $RUNTIME_DIRECTORY, $XDG_RUNTIME_DIR/troupe or /run/troupe, whichever is there.")
    private @Nullable Path controlSocket;

    /** Connects, asks once and disconnects. */
    ControlReply ask(Cli cli, ControlRequest request) throws UserException {
        try (ControlClient client = ControlClient.connect(path(cli.environment()))) {
            return client.ask(request);
        } catch (ControlException e) {
            throw unreachable(e);
        } catch (IOException e) {
            // Thrown by closing a connection that has done its work.
            throw new UncheckedIOException(e);
        }
    }

    /** Connects, and if the device agrees, talks. */
    int converse(Cli cli, ControlRequest.Converse request, Talk talk) throws UserException {
        try (ControlClient client = ControlClient.connect(path(cli.environment()))) {
            if (client.ask(request) instanceof ControlReply.Failed failed) {
                throw new UserException(ExitCode.FAILED, failed.error());
            }
            talk.hold(client.talk());
            return ExitCode.OK;
        } catch (TalkFailedException e) {
            throw new UserException(ExitCode.FAILED, request.device() + ": " + e.reason());
        } catch (ControlException e) {
            throw unreachable(e);
        } catch (IOException e) {
            throw new UserException(ExitCode.FAILED, "The conversation broke off: " + e.getMessage() + ".");
        }
    }

    private static UserException unreachable(ControlException e) {
        return new UserException(
                e.unreachable() ? ExitCode.NO_DAEMON : ExitCode.FAILED, String.valueOf(e.getMessage()));
    }

    private Path path(Map<String, String> environment) {
        if (controlSocket != null) {
            return controlSocket;
        }
        String named = environment.getOrDefault("TROUPE_CONTROL_SOCKET", "");
        if (!named.isEmpty()) {
            return Path.of(named);
        }
        List<Path> candidates = new ArrayList<>();
        String ofService = environment.getOrDefault("RUNTIME_DIRECTORY", "");
        if (!ofService.isEmpty()) {
            candidates.add(Path.of(ofService.split(":", 2)[0], "control.sock"));
        }
        String ofUser = environment.getOrDefault("XDG_RUNTIME_DIR", "");
        if (!ofUser.isEmpty()) {
            candidates.add(Path.of(ofUser, "troupe", "control.sock"));
        }
        candidates.add(Path.of("/run/troupe/control.sock"));
        return candidates.stream().filter(Files::exists).findFirst().orElse(candidates.getFirst());
    }
}
