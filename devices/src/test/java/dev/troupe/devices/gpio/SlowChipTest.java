package dev.troupe.devices.gpio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.device.Conversation;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.devices.testing.ManualLoop;
import dev.troupe.devices.testing.QueuesRig;
import dev.troupe.devices.testing.TestDeviceContext;
import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.sys.Errno;
import dev.troupe.transport.sys.SysException;
import dev.troupe.transport.testing.LeakCheck;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A chip whose calls take their time, and may fail, as those of the host do. */
@ExtendWith(LeakCheck.class)
class SlowChipTest {
    private final ManualLoop loop = new ManualLoop();
    private final TestDeviceContext context = new TestDeviceContext(loop);
    private final List<String> asked = new ArrayList<>();
    private final OwnLines own = new OwnLines(true);
    private final Line line = new Line();
    private final QueuesRig rig = start();

    private QueuesRig start() {
        own.lines().add(new GuestLine("LINE", line));
        return new QueuesRig(loop, new GpioDevice(own, context), GpioWire.VIRTIO_GPIO_F_IRQ, 16)
                .start(GpioWire.REQUESTQ, GpioWire.EVENTQ);
    }

    @AfterEach
    void close() {
        rig.close();
        context.close();
    }

    private final class Line implements ChipLine {
        private boolean high;
        private int errno;
        private EdgeListener listener = _ -> {};

        private void ask(String what) {
            asked.add(what);
            if (errno != 0) {
                throw new SysException("ioctl", "line", errno);
            }
        }

        @Override
        public String name() {
            return "0";
        }

        @Override
        public boolean isOutput() {
            return true;
        }

        @Override
        public void input(boolean edges) {
            ask("input" + (edges ? " with edges" : ""));
        }

        @Override
        public void output(boolean newHigh) {
            ask("output " + newHigh);
        }

        @Override
        public void free() {
            ask("free");
        }

        @Override
        public boolean get() {
            ask("get");
            return high;
        }

        @Override
        public void set(boolean newHigh) {
            ask("set " + newHigh);
        }

        @Override
        public void listen(EventLoop onLoop, EdgeListener toListener) {
            listener = toListener;
        }

        @Override
        public void close() {}
    }

    private long submit(int type, int value) {
        return rig.submit(GpioWire.REQUESTQ, GpioRequests.request(type, 0, value), 2);
    }

    private byte[] answer(long token) {
        return rig.writer(GpioWire.REQUESTQ).answer(token).bytes();
    }

    @Test
    void shouldLeaveRequestsInTheRingWhileTheChipIsAsked() {
        long output = submit(GpioWire.VIRTIO_GPIO_MSG_SET_DIRECTION, GpioWire.VIRTIO_GPIO_DIRECTION_OUT);
        long high = submit(GpioWire.VIRTIO_GPIO_MSG_SET_VALUE, 1);
        rig.bench(GpioWire.REQUESTQ).turn();
        assertThat(rig.bench(GpioWire.REQUESTQ).isHeld()).isTrue();
        assertThat(rig.bench(GpioWire.REQUESTQ).outstanding()).isEqualTo(1);

        rig.settle();
        assertThat(answer(output)).containsExactly(0, 0);
        assertThat(answer(high)).containsExactly(0, 0);
        assertThat(asked).containsExactly("output false", "set true");
    }

    @Test
    void shouldCarryOutARequestAgainWhenTheHandlerWentWhileTheChipWasAsked() {
        long output = submit(GpioWire.VIRTIO_GPIO_MSG_SET_DIRECTION, GpioWire.VIRTIO_GPIO_DIRECTION_OUT);
        rig.bench(GpioWire.REQUESTQ).turn();
        rig.bench(GpioWire.REQUESTQ).restart();
        rig.settle();
        rig.settle();

        assertThat(answer(output)).containsExactly(0, 0);
        assertThat(asked).containsExactly("output false", "output false");
    }

    @Test
    void shouldAnswerWithAnErrorAndChangeNothingWhenTheChipFails() {
        line.errno = Errno.EIO;
        long output = submit(GpioWire.VIRTIO_GPIO_MSG_SET_DIRECTION, GpioWire.VIRTIO_GPIO_DIRECTION_OUT);
        long level = submit(GpioWire.VIRTIO_GPIO_MSG_GET_VALUE, 0);
        long irq = submit(GpioWire.VIRTIO_GPIO_MSG_SET_IRQ_TYPE, GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH);
        rig.settle();

        assertThat(List.of(output, level, irq))
                .allSatisfy(token -> assertThat(answer(token)).containsExactly(GpioWire.VIRTIO_GPIO_STATUS_ERR, 0));
        assertThat(rig.device().saveState().contents()).containsOnly(0);
    }

    @Test
    void shouldTellTheDirectionOfALineThatTheGuestDoesNotUseAndLeaveItSo() {
        long direction = submit(GpioWire.VIRTIO_GPIO_MSG_GET_DIRECTION, 0);
        submit(GpioWire.VIRTIO_GPIO_MSG_SET_DIRECTION, GpioWire.VIRTIO_GPIO_DIRECTION_NONE);
        rig.settle();

        assertThat(answer(direction)).containsExactly(0, GpioWire.VIRTIO_GPIO_DIRECTION_OUT);
        assertThat(asked).isEmpty();
    }

    @Test
    void shouldWantEdgesOnlyWhileThereAreInterrupts() {
        submit(GpioWire.VIRTIO_GPIO_MSG_SET_DIRECTION, GpioWire.VIRTIO_GPIO_DIRECTION_IN);
        submit(GpioWire.VIRTIO_GPIO_MSG_SET_IRQ_TYPE, GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH);
        submit(GpioWire.VIRTIO_GPIO_MSG_SET_IRQ_TYPE, GpioWire.VIRTIO_GPIO_IRQ_TYPE_NONE);
        rig.settle();

        assertThat(asked).containsExactly("input", "input with edges", "get", "input");
    }

    @Test
    void shouldLeaveAnOutputAnOutputWhenSomebodyBeginsToWatchWhileItBecomesOne() throws Exception {
        submit(GpioWire.VIRTIO_GPIO_MSG_SET_DIRECTION, GpioWire.VIRTIO_GPIO_DIRECTION_IN);
        rig.settle();
        submit(GpioWire.VIRTIO_GPIO_MSG_SET_DIRECTION, GpioWire.VIRTIO_GPIO_DIRECTION_OUT);
        rig.bench(GpioWire.REQUESTQ).turn();
        Watching watching = new Watching();
        rig.settle();

        assertThat(asked).containsExactly("input", "output false");
        watching.end();
        rig.settle();
        assertThat(asked).containsExactly("input", "output false");
    }

    @Test
    void shouldKeepInterruptsWhenTheLastWatchEndsWhileTheyAreEnabled() throws Exception {
        submit(GpioWire.VIRTIO_GPIO_MSG_SET_DIRECTION, GpioWire.VIRTIO_GPIO_DIRECTION_IN);
        rig.settle();
        Watching watching = new Watching();
        rig.settle();
        submit(GpioWire.VIRTIO_GPIO_MSG_SET_IRQ_TYPE, GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_RISING);
        rig.bench(GpioWire.REQUESTQ).turn();
        watching.end();
        rig.settle();

        assertThat(asked).containsExactly("input", "input with edges", "input with edges", "get");
    }

    @Test
    void shouldTellEdgesToAWatchThatBeganWhileTheLineBecameAnInput() throws Exception {
        submit(GpioWire.VIRTIO_GPIO_MSG_SET_DIRECTION, GpioWire.VIRTIO_GPIO_DIRECTION_IN);
        rig.bench(GpioWire.REQUESTQ).turn();
        Watching watching = new Watching();
        rig.settle();

        assertThat(asked).containsExactly("input", "input with edges");
        watching.end();
        rig.settle();
        assertThat(asked).endsWith("input");
    }

    @Test
    void shouldSayOnceThatTheHostFailedWhenTheChipHasGone() {
        line.errno = Errno.ENODEV;
        submit(GpioWire.VIRTIO_GPIO_MSG_GET_VALUE, 0);
        submit(GpioWire.VIRTIO_GPIO_MSG_GET_VALUE, 0);
        rig.settle();

        assertThat(context.hostFailures()).hasSize(1);
    }

    @Test
    void shouldLookAtALineOnceAtATimeHoweverOftenItsInterruptIsUnmasked() {
        submit(GpioWire.VIRTIO_GPIO_MSG_SET_IRQ_TYPE, GpioWire.VIRTIO_GPIO_IRQ_TYPE_LEVEL_HIGH);
        rig.settle();
        asked.clear();
        for (int i = 0; i < 5; i++) {
            rig.submit(GpioWire.EVENTQ, GpioRequests.unmask(0), 1);
            rig.bench(GpioWire.EVENTQ).turn();
            line.listener.changed(true);
        }

        assertThat(asked).containsExactly("get");
    }

    /** An operator who watches, until he has seen enough. */
    private final class Watching {
        private final Thread thread;

        Watching() throws DeviceException {
            Conversation conversation = rig.device().converse("watch", List.of());
            thread = Thread.ofVirtual().start(() -> {
                try (SocketChannel operator = SocketChannel.open()) {
                    conversation.run(operator);
                } catch (IOException | DeviceException e) {
                    throw new AssertionError(e);
                }
            });
            // It waits for a change of a line once it has begun.
            while (thread.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
        }

        void end() throws InterruptedException {
            thread.interrupt();
            thread.join();
        }
    }

    @Test
    void shouldNotTellALevelTwiceWhenTheLookAtItComesLate() {
        submit(GpioWire.VIRTIO_GPIO_MSG_SET_IRQ_TYPE, GpioWire.VIRTIO_GPIO_IRQ_TYPE_LEVEL_HIGH);
        rig.settle();
        line.high = true;
        long first = rig.submit(GpioWire.EVENTQ, GpioRequests.unmask(0), 1);
        rig.bench(GpioWire.EVENTQ).turn();
        // The edge comes first; what the look found waits on the loop.
        line.listener.changed(true);
        line.high = false;
        long second = rig.submit(GpioWire.EVENTQ, GpioRequests.unmask(0), 1);
        rig.bench(GpioWire.EVENTQ).turn();
        rig.settle();

        assertThat(rig.writer(GpioWire.EVENTQ).answer(first).lastByte())
                .isEqualTo(GpioWire.VIRTIO_GPIO_IRQ_STATUS_VALID);
        assertThat(rig.writer(GpioWire.EVENTQ).isAnswered(second)).isFalse();
    }

    @Test
    void shouldTellAnEdgeThatNobodySawWhileTheDeviceWasAway() throws Exception {
        submit(GpioWire.VIRTIO_GPIO_MSG_SET_IRQ_TYPE, GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_RISING);
        rig.settle();
        line.high = true;
        rig.device().loadState(rig.device().saveState());
        rig.settle();

        rig.request(GpioWire.EVENTQ, GpioRequests.unmask(0), 1);
        assertThat(asked).endsWith("input with edges", "get");
    }
}
