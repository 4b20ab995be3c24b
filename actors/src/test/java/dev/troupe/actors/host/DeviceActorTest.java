package dev.troupe.actors.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.actors.device.SavedState;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.transport.protocol.Bytes;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeviceActorTest {

    private static final int REMEMBERED = 1000;

    private final ActorTestKit kit = ActorTestKit.create();
    private final CountDownLatch goOn = new CountDownLatch(1);
    private final TestProbe<DeviceActor.ConfigWritten> written = kit.createTestProbe(DeviceActor.ConfigWritten.class);
    private final TestProbe<Outcome> outcomes = kit.createTestProbe(Outcome.class);
    private final TestProbe<Done> done = kit.createTestProbe(Done.class);

    @AfterEach
    void end() {
        kit.shutdownTestKit();
    }

    /** Takes its time over a command, and cannot say at its end what it wants to keep. */
    private final class SlowDevice implements VirtioDevice {

        private int saves;

        @Override
        public long features() {
            return 0;
        }

        @Override
        public int queueCount() {
            return 1;
        }

        @Override
        public byte[] configSpace(long driverFeatures) {
            return new byte[0];
        }

        @Override
        public boolean writeConfigSpace(int offset, byte[] value) {
            return true;
        }

        @Override
        public SavedState saveState() {
            if (goOn.getCount() == 0 && ++saves > REMEMBERED + 1) {
                throw new NoSuchMethodError("the test wants this to fail");
            }
            return SavedState.NONE;
        }

        @Override
        public QueueHandler openQueue(QueueContext queue) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String command(String verb, List<String> arguments) throws DeviceException {
            try {
                goOn.await();
            } catch (InterruptedException e) {
                throw new DeviceException("interrupted", e);
            }
            return verb;
        }

        @Override
        public void close() {}
    }

    @Test
    void shouldAnswerEverythingAndCloseWhenMoreWasAskedDuringACommandThanItRemembers() {
        ActorRef<DeviceActor.Command> device =
                kit.spawn(DeviceActor.create("slow0", new SlowDevice(), ForkJoinPool.commonPool(), _ -> {}));
        device.tell(new DeviceActor.Execute("ponder", List.of(), outcomes.getRef()));
        for (int i = 0; i < 1500; i++) {
            device.tell(new DeviceActor.WriteConfig(0, Bytes.of((byte) 1), written.getRef()));
        }
        device.tell(new DeviceActor.Close(done.getRef()));
        goOn.countDown();

        outcomes.expectMessage(new Outcome.Done("ponder"));
        assertThat(written.receiveSeveralMessages(1500))
                .filteredOn(DeviceActor.ConfigWritten::accepted)
                .hasSize(REMEMBERED);
        done.expectMessage(Done.getInstance());
        done.expectTerminated(device);
    }
}
