package dev.troupe.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.runtime.control.ControlClient;
import dev.troupe.runtime.control.ControlRequest;
import dev.troupe.runtime.control.ControlServer;
import dev.troupe.runtime.control.DaemonGate;
import dev.troupe.runtime.control.ScriptedDaemon;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What passes between a program's input and output and a device. */
class TalkTest {

    @Test
    void shouldPassOnWhatIsSaidUntilTheDeviceHasHeardAll(@TempDir Path folder) throws Exception {
        ActorTestKit kit = ActorTestKit.create();
        ActorRef<DaemonCommand> daemon = kit.spawn(ScriptedDaemon.create());
        DaemonGate gate = new DaemonGate(daemon, kit.scheduler(), Duration.ofSeconds(5));
        Path path = folder.resolve("control.sock");
        byte[] said = "x".repeat(100_000).getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream heard = new ByteArrayOutputStream();
        try (ControlServer server = ControlServer.start(path, gate::ask, Duration.ofSeconds(5));
                ControlClient client = ControlClient.connect(path)) {
            assertThat(server).isNotNull();
            client.ask(new ControlRequest.Converse("disk0", "echo", List.of()));
            // The standard input of a test is no terminal, so nothing becomes raw.
            new Talk(new ByteArrayInputStream(said), heard, new PrintWriter(new StringWriter()), true)
                    .hold(client.talk());
        } finally {
            kit.shutdownTestKit();
        }
        assertThat(heard.toByteArray()).isEqualTo(said);
    }
}
