package dev.troupe.actors.tree;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.connection.DeviceMonitor;
import dev.troupe.actors.connection.TransportActor;
import dev.troupe.actors.connection.Wiring;
import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.daemon.DeviceState;
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
import java.util.concurrent.CountDownLatch;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Props;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What a device's supervisor is told at awkward moments is answered all the same. */
@ExtendWith(LeakCheck.class)
class DeviceSupervisorTest {

    @TempDir
    Path folder;

    @AutoClose
    private final TestDaemon daemon = TestDaemon.start(EventLoopConfig.Choice.EPOLL);

    @AutoClose
    private final KeptFds kept = new KeptFds(Vault.none(), Inheritance.empty());

    private final CopyFactory factory = new CopyFactory();
    private final CountDownLatch goOn = new CountDownLatch(1);
    private final DeviceMonitor monitor = new DeviceMonitor();
    private final TestProbe<DaemonCommand> heard = probe(DaemonCommand.class);
    private final TestProbe<Outcome> answers = probe(Outcome.class);
    private ActorRef<DeviceSupervisor.Command> device;

    private <T> TestProbe<T> probe(Class<T> type) {
        return TestProbe.create(type, daemon.system().daemon());
    }

    @BeforeEach
    void startDevice() {
        Wiring wiring = Wiring.of(
                TestDaemon.spec("copy0", factory, Map.of(), folder.resolve("copy0.sock")),
                daemon.system().loops(),
                0,
                monitor,
                new DeviceKeep("copy0", kept));
        device = daemon.system()
                .daemon()
                .systemActorOf(
                        DeviceSupervisor.create(heard.getRef(), wiring, new SharedThings().user()),
                        "copy0",
                        Props.empty());
        device.tell(new DeviceSupervisor.Start(answers.getRef()));
        answers.expectMessageClass(Outcome.Done.class);
    }

    private void closeOnlyWhenTold() {
        factory.closing = () -> {
            try {
                goOn.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
    }

    private void end() {
        device.tell(new DeviceSupervisor.Remove(Removal.DRAIN));
        heard.expectMessage(new DaemonCommand.DeviceEnded("copy0"));
        device.tell(DeviceSupervisor.Forgotten.INSTANCE);
        heard.expectTerminated(device);
    }

    @Test
    void shouldAnswerWhenTheCommandComesBetweenTheEndAndTheDaemonsWordOfIt() {
        device.tell(new DeviceSupervisor.Remove(Removal.DRAIN));
        heard.expectMessage(new DaemonCommand.DeviceEnded("copy0"));
        device.tell(new DeviceSupervisor.Restart(answers.getRef()));
        Outcome.Refused refused = answers.expectMessageClass(Outcome.Refused.class);
        assertThat(refused.reason()).isEqualTo("copy0 has been removed.");

        device.tell(DeviceSupervisor.Forgotten.INSTANCE);
        heard.expectTerminated(device);
    }

    @Test
    void shouldGoOnWhenTheHandOverIsGivenUpBeforeTheDeviceIsQuiet() {
        closeOnlyWhenTold();
        TestProbe<Done> quiet = probe(Done.class);
        device.tell(new DeviceSupervisor.HandOver(quiet.getRef()));
        device.tell(new DeviceSupervisor.Resume(answers.getRef()));
        goOn.countDown();

        quiet.expectMessage(Done.getInstance());
        answers.expectMessageClass(Outcome.Done.class);
        assertThat(monitor.state()).isEqualTo(DeviceState.RUNNING);
        end();
    }

    @Test
    void shouldLeaveWhenThatIsWantedBeforeTheDeviceIsQuiet() {
        closeOnlyWhenTold();
        TestProbe<Done> quiet = probe(Done.class);
        device.tell(new DeviceSupervisor.HandOver(quiet.getRef()));
        device.tell(DeviceSupervisor.Leave.INSTANCE);
        device.tell(new DeviceSupervisor.Restart(answers.getRef()));
        goOn.countDown();

        heard.expectMessage(new DaemonCommand.DeviceEnded("copy0"));
        assertThat(answers.expectMessageClass(Outcome.Refused.class).reason())
                .isEqualTo("copy0 is served by a successor.");
        device.tell(DeviceSupervisor.Forgotten.INSTANCE);
        heard.expectTerminated(device);
    }

    @Test
    void shouldAnswerEveryCommandWhenThereAreMoreThanItRemembers() {
        closeOnlyWhenTold();
        device.tell(new DeviceSupervisor.Stop(answers.getRef()));
        for (int i = 0; i < 1500; i++) {
            device.tell(new DeviceSupervisor.TransportSays(TransportActor.FrontEndLeft.INSTANCE));
        }
        for (int i = 0; i < 1001; i++) {
            device.tell(new DeviceSupervisor.Stop(answers.getRef()));
        }
        assertThat(answers.expectMessageClass(Outcome.Refused.class).reason())
                .isEqualTo("copy0 has too much to do already.");
        goOn.countDown();

        answers.receiveSeveralMessages(1001)
                .forEach(answer -> assertThat(answer).isEqualTo(new Outcome.Done("")));
        end();
    }

    @Test
    void shouldStayWhenAFrontEndHasConnectedBeforeItsTurnComes() {
        monitor.connected("a front end");
        device.tell(new DeviceSupervisor.Remove(Removal.IF_DISCONNECTED));
        heard.expectMessage(new DaemonCommand.DeviceStays("copy0"));
        monitor.disconnected();
        end();
    }

    @Test
    void shouldEndWhenTheFrontEndThatItWaitedForLeavesDuringARestart() {
        monitor.connected("a front end");
        device.tell(new DeviceSupervisor.Remove(Removal.WHEN_DISCONNECTED));
        closeOnlyWhenTold();
        device.tell(new DeviceSupervisor.Restart(answers.getRef()));
        device.tell(new DeviceSupervisor.TransportSays(TransportActor.FrontEndLeft.INSTANCE));
        goOn.countDown();

        answers.expectMessageClass(Outcome.Done.class);
        heard.expectMessage(new DaemonCommand.DeviceEnded("copy0"));
        device.tell(DeviceSupervisor.Forgotten.INSTANCE);
        heard.expectTerminated(device);
    }

    @Test
    void shouldNotFailAFreshDeviceForAQueueOfTheOneBefore() {
        closeOnlyWhenTold();
        device.tell(new DeviceSupervisor.Restart(answers.getRef()));
        device.tell(new DeviceSupervisor.TransportSays(
                new TransportActor.QueueFailed(new IllegalStateException("the one before"))));
        goOn.countDown();
        answers.expectMessageClass(Outcome.Done.class);

        device.tell(new DeviceSupervisor.Start(answers.getRef()));
        assertThat(answers.expectMessageClass(Outcome.Done.class).text()).isEqualTo("copy0 runs already.");
        assertThat(factory.opened).hasValue(2);
        end();
    }
}
