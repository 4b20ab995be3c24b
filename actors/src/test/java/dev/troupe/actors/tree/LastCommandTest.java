package dev.troupe.actors.tree;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.connection.DeviceMonitor;
import dev.troupe.actors.connection.Wiring;
import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.daemon.Removal;
import dev.troupe.actors.testing.CopyFactory;
import dev.troupe.actors.testing.TestDaemon;
import dev.troupe.actors.vault.DeviceKeep;
import dev.troupe.actors.vault.Inheritance;
import dev.troupe.actors.vault.KeptFds;
import dev.troupe.actors.vault.Vault;
import dev.troupe.transport.loop.EventLoopConfig;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.file.Path;
import java.util.Map;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Props;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A command that the daemon passed on before it heard that the device has ended is answered all the same. */
@ExtendWith(LeakCheck.class)
class LastCommandTest {

    @TempDir
    Path folder;

    @Test
    void shouldAnswerWhenTheCommandComesBetweenTheEndAndTheDaemonsWordOfIt() {
        try (TestDaemon daemon = TestDaemon.start(EventLoopConfig.Choice.EPOLL)) {
            TestProbe<DaemonCommand> ended =
                    TestProbe.create(DaemonCommand.class, daemon.system().daemon());
            TestProbe<Outcome> answers =
                    TestProbe.create(Outcome.class, daemon.system().daemon());
            ActorRef<DeviceSupervisor.Command> device = daemon.system()
                    .daemon()
                    .systemActorOf(
                            DeviceSupervisor.create(ended.getRef(), wiring(daemon), new SharedThings().user()),
                            "copy0",
                            Props.empty());
            device.tell(new DeviceSupervisor.Start(answers.getRef()));
            answers.expectMessageClass(Outcome.Done.class);

            device.tell(new DeviceSupervisor.Remove(Removal.DRAIN));
            ended.expectMessage(new DaemonCommand.DeviceEnded("copy0"));
            device.tell(new DeviceSupervisor.Restart(answers.getRef()));
            Outcome.Refused refused = answers.expectMessageClass(Outcome.Refused.class);
            assertThat(refused.reason()).isEqualTo("copy0 has been removed.");

            device.tell(DeviceSupervisor.Forgotten.INSTANCE);
            ended.expectTerminated(device);
        }
    }

    private Wiring wiring(TestDaemon daemon) {
        return Wiring.of(
                TestDaemon.spec("copy0", new CopyFactory(), Map.of(), folder.resolve("copy0.sock")),
                daemon.system().loops(),
                0,
                new DeviceMonitor(),
                new DeviceKeep("copy0", new KeptFds(Vault.none(), Inheritance.empty())));
    }
}
