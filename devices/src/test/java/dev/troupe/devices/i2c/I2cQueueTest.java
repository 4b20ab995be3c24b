package dev.troupe.devices.i2c;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.devices.i2c.model.I2cModel;
import dev.troupe.devices.testing.ManualLoop;
import dev.troupe.devices.testing.RequestWriter.Answer;
import dev.troupe.devices.testing.Rig;
import dev.troupe.devices.testing.TestDeviceContext;
import dev.troupe.devices.testing.TestSettings;
import dev.troupe.transport.ring.RingFeatures;
import dev.troupe.transport.sys.MemFd;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
class I2cQueueTest {
    private static final int TARGET = 0x50;
    private static final int OTHER = 0x51;
    private static final int WRITE_MORE = I2cWire.VIRTIO_I2C_FLAGS_FAIL_NEXT;
    private static final int READ = I2cWire.VIRTIO_I2C_FLAGS_M_RD;

    private final ManualLoop loop = new ManualLoop();
    private final TestDeviceContext context = new TestDeviceContext(loop);
    private final SimulatedBus bus = new SimulatedBus("test");
    private final ArrayDeque<Runnable> busThread = new ArrayDeque<>();
    private final List<String> heard = new ArrayList<>();
    private Rig rig = Rig.split(loop, device(Map.of()));

    /** A target that remembers what it heard, and sends 1, 2, 3 … */
    private final class Witness implements I2cModel {
        @Override
        public boolean write(ByteBuffer data) {
            byte[] bytes = new byte[data.remaining()];
            data.get(bytes);
            heard.add("write " + HexFormat.of().formatHex(bytes));
            return true;
        }

        @Override
        public boolean read(ByteBuffer into) {
            heard.add("read " + into.remaining());
            for (int i = 1; into.hasRemaining(); i++) {
                into.put((byte) i);
            }
            return true;
        }

        @Override
        public void stop() {
            heard.add("stop");
        }
    }

    @BeforeEach
    void connect() throws DeviceException {
        bus.attach(new SimulatedBus.Target("witness", "test", TARGET, new Witness()));
        bus.attach(new SimulatedBus.Target("ten", "test", TargetAddress.tenBit(0x250), new Witness()));
    }

    private I2cDevice device(Map<String, Object> options) {
        I2cSettings settings = I2cSettings.of(TestSettings.of(new I2cFactory(), options));
        return new I2cDevice(
                settings,
                new BusUser(new SharedBus(bus, busThread::add), "test", settings.lease()),
                Optional.empty(),
                TransferJournal.over(MemFd.create("test", TransferJournal.SIZE_BYTES, true)),
                context);
    }

    private void with(Map<String, Object> options) {
        rig.close();
        rig = Rig.split(loop, device(options));
    }

    @AfterEach
    void close() {
        rig.close();
        context.close();
    }

    /** Lets the bus do what it was asked for, and the queue what follows. */
    private void settle() {
        rig.settle();
        while (!busThread.isEmpty()) {
            busThread.remove().run();
            rig.settle();
        }
    }

    private long submit(byte[] readable, int writableBytes) {
        return rig.driver().submit(readable, writableBytes, 1);
    }

    private Answer request(byte[] readable, int writableBytes) {
        long token = submit(readable, writableBytes);
        settle();
        return rig.driver().answer(token);
    }

    private int status(long token) {
        return rig.driver().answer(token).lastByte();
    }

    private void expectRefused(byte[] readable, int writableBytes) {
        assertThat(request(readable, writableBytes).lastByte()).isEqualTo(I2cWire.VIRTIO_I2C_MSG_ERR);
        assertThat(heard).isEmpty();
        expectService();
    }

    private void expectService() {
        assertThat(request(I2cRequests.write(TARGET, 9), 1).lastByte()).isEqualTo(I2cWire.VIRTIO_I2C_MSG_OK);
        assertThat(rig.bench().outstanding()).isZero();
    }

    @Test
    void shouldMakeOneTransferOfAGroup() {
        long first = submit(I2cRequests.writeAndMore(TARGET, 0x10), 1);
        long second = submit(I2cRequests.request(TARGET, WRITE_MORE | READ), 3);
        long third = submit(I2cRequests.write(TARGET, 0x20, 0x21), 1);
        settle();

        assertThat(heard).containsExactly("write 10", "read 2", "write 2021", "stop");
        assertThat(status(first)).isEqualTo(I2cWire.VIRTIO_I2C_MSG_OK);
        assertThat(Arrays.copyOf(rig.driver().answer(second).bytes(), 2)).containsExactly(1, 2);
        assertThat(status(third)).isEqualTo(I2cWire.VIRTIO_I2C_MSG_OK);
    }

    @Test
    void shouldMakeATransferOfEachRequestWithoutFailNext() {
        submit(I2cRequests.write(TARGET, 1), 1);
        submit(I2cRequests.write(TARGET, 2), 1);
        settle();

        assertThat(heard).containsExactly("write 01", "stop", "write 02", "stop");
    }

    @Test
    void shouldServeRequestsWithoutData() {
        assertThat(request(I2cRequests.write(TARGET), 1).lastByte()).isEqualTo(I2cWire.VIRTIO_I2C_MSG_OK);
        assertThat(request(I2cRequests.read(TARGET), 1).lastByte()).isEqualTo(I2cWire.VIRTIO_I2C_MSG_OK);
        assertThat(heard).containsExactly("write ", "stop", "read 0", "stop");
    }

    @Test
    void shouldReachTargetsWithTenBitAddresses() {
        Answer answer = request(I2cRequests.read(TargetAddress.tenBit(0x250)), 2);

        assertThat(answer.bytes()).containsExactly(1, I2cWire.VIRTIO_I2C_MSG_OK);
    }

    @Test
    void shouldFailTheRestOfAGroupAndServeTheNextOneWhenATargetDoesNotAnswer() {
        long first = submit(I2cRequests.writeAndMore(OTHER, 1), 1);
        long second = submit(I2cRequests.write(TARGET, 2), 1);
        long next = submit(I2cRequests.write(TARGET, 3), 1);
        settle();

        assertThat(status(first)).isEqualTo(I2cWire.VIRTIO_I2C_MSG_ERR);
        assertThat(status(second)).isEqualTo(I2cWire.VIRTIO_I2C_MSG_ERR);
        assertThat(status(next)).isEqualTo(I2cWire.VIRTIO_I2C_MSG_OK);
        assertThat(heard).containsExactly("write 03", "stop");
    }

    @Test
    void shouldBeginNothingOfAGroupWhenAnyOfItIsWrong() {
        long first = submit(I2cRequests.writeAndMore(TARGET, 1), 1);
        long second = submit(I2cRequests.request(TARGET, 0x80), 1);
        settle();

        assertThat(status(first)).isEqualTo(I2cWire.VIRTIO_I2C_MSG_ERR);
        assertThat(status(second)).isEqualTo(I2cWire.VIRTIO_I2C_MSG_ERR);
        assertThat(heard).isEmpty();
        expectService();
    }

    @Test
    void shouldFailWhatFollowsAWrongRequestOfAGroup() {
        long first = submit(I2cRequests.raw(0x4001, WRITE_MORE, 1), 1);
        long second = submit(I2cRequests.request(TARGET, WRITE_MORE, 2), 1);
        long third = submit(I2cRequests.write(TARGET, 3), 1);
        settle();

        assertThat(List.of(status(first), status(second), status(third)))
                .containsOnly((int) I2cWire.VIRTIO_I2C_MSG_ERR);
        assertThat(heard).isEmpty();
        expectService();
    }

    @Test
    void shouldNotWaitForeverForTheRestOfAGroup() {
        long token = submit(I2cRequests.writeAndMore(TARGET, 1), 1);
        settle();
        assertThat(rig.driver().isAnswered(token)).isFalse();

        loop.pass(I2cQueue.GROUP_WAIT_NANOS);
        settle();
        assertThat(status(token)).isEqualTo(I2cWire.VIRTIO_I2C_MSG_OK);
        expectService();
    }

    @Test
    void shouldNotWaitForTheRestOfAGroupWhenTheRingHasNoRoomForIt() {
        List<Long> tokens = new ArrayList<>();
        Rig small = new Rig(loop, device(Map.of()), I2cWire.VIRTIO_I2C_F_ZERO_LENGTH_REQUEST, RINGS, 1, 4);
        for (int i = 0; i < 4; i++) {
            tokens.add(small.driver().submit(I2cRequests.writeAndMore(TARGET, i), 1, 2));
        }
        small.settle();
        while (!busThread.isEmpty()) {
            busThread.remove().run();
            small.settle();
        }

        assertThat(tokens)
                .allSatisfy(token ->
                        assertThat(small.driver().answer(token).lastByte()).isEqualTo(I2cWire.VIRTIO_I2C_MSG_OK));
        small.close();
    }

    private static final RingFeatures RINGS = new RingFeatures(false, false, true, false);

    @Test
    void shouldRefuseAGroupOfMoreThanATransferCanHave() {
        List<Long> tokens = new ArrayList<>();
        for (int i = 0; i < I2cTransfer.MAX_MESSAGES; i++) {
            tokens.add(submit(I2cRequests.writeAndMore(TARGET, i), 1));
        }
        tokens.add(submit(I2cRequests.write(TARGET, 0xff), 1));
        settle();

        assertThat(tokens).allSatisfy(token -> assertThat(status(token)).isEqualTo(I2cWire.VIRTIO_I2C_MSG_ERR));
        assertThat(heard).isEmpty();
        expectService();
    }

    @Test
    void shouldRefuseAnAddressThatIsOffTheList() throws Exception {
        with(Map.of("addresses", List.of("0x50", "0x60-0x62")));
        bus.attach(new SimulatedBus.Target("other", "test", OTHER, new Witness()));

        expectRefused(I2cRequests.write(OTHER, 1), 1);
    }

    @Test
    void shouldRefuseReservedAddressesUnlessTheyAreListed() throws Exception {
        bus.attach(new SimulatedBus.Target("call", "test", 0, new Witness()));
        expectRefused(I2cRequests.write(0, 6), 1);

        with(Map.of("addresses", List.of("0x00")));
        assertThat(request(I2cRequests.write(0, 6), 1).lastByte()).isEqualTo(I2cWire.VIRTIO_I2C_MSG_OK);
    }

    @Test
    void shouldRefuseAnAddressThatIsNone() {
        expectRefused(I2cRequests.raw(TARGET << 1 | 1, 0, 1), 1);
        heard.clear();
        expectRefused(I2cRequests.raw(0x0100, 0, 1), 1);
    }

    @Test
    void shouldRefuseUnknownFlags() {
        expectRefused(I2cRequests.request(TARGET, 1 << 2, 1), 1);
    }

    @Test
    void shouldRefuseMoreThanOneMessageCanHave() {
        expectRefused(I2cRequests.write(TARGET, new int[I2cTransfer.MAX_MESSAGE_BYTES + 1]), 1);
        heard.clear();
        expectRefused(I2cRequests.read(TARGET), I2cTransfer.MAX_MESSAGE_BYTES + 2);
    }

    @Test
    void shouldServeAsMuchAsOneMessageCanHave() {
        assertThat(request(I2cRequests.write(TARGET, new int[I2cTransfer.MAX_MESSAGE_BYTES]), 1)
                        .lastByte())
                .isEqualTo(I2cWire.VIRTIO_I2C_MSG_OK);
        assertThat(request(I2cRequests.read(TARGET), I2cTransfer.MAX_MESSAGE_BYTES + 1)
                        .lastByte())
                .isEqualTo(I2cWire.VIRTIO_I2C_MSG_OK);
        assertThat(heard).contains("read " + I2cTransfer.MAX_MESSAGE_BYTES);
    }

    @Test
    void shouldRefuseAReadThatSendsAndAWriteThatWants() {
        expectRefused(I2cRequests.request(TARGET, READ, 1, 2), 3);
        heard.clear();
        expectRefused(I2cRequests.write(TARGET, 1, 2), 3);
    }

    @Test
    void shouldRefuseARequestWithHalfAHeader() {
        expectRefused(new byte[7], 1);
    }

    @Test
    void shouldRefuseADriverThatDoesNotKnowRequestsWithoutData() {
        Rig old = new Rig(loop, device(Map.of()), 0, RINGS, 1);
        assertThat(old.request(I2cRequests.write(TARGET, 1), 1).lastByte()).isEqualTo(I2cWire.VIRTIO_I2C_MSG_ERR);
        old.close();
    }

    @Test
    void shouldAnswerWithAnErrorWhenTheBusTakesTooLongAndIgnoreItsLateResult() {
        with(Map.of("timeout", java.time.Duration.ofSeconds(1)));
        long token = submit(I2cRequests.read(TARGET), 2);
        rig.settle();
        Runnable stuck = busThread.remove();
        loop.pass(TimeUnit.SECONDS.toNanos(1));
        rig.settle();
        assertThat(rig.driver().answer(token).bytes()[1]).isEqualTo(I2cWire.VIRTIO_I2C_MSG_ERR);

        stuck.run();
        settle();
        expectService();
    }

    @Test
    void shouldAnswerByWhatHappenedWhenTheHandlerWentBeforeItHeardOfThat() {
        long write = submit(I2cRequests.writeAndMore(TARGET, 1), 1);
        long read = submit(I2cRequests.read(TARGET), 3);
        rig.settle();
        busThread.remove().run();
        rig.bench().restart();
        settle();
        settle();

        assertThat(heard).containsExactly("write 01", "read 2", "stop");
        assertThat(status(write)).isEqualTo(I2cWire.VIRTIO_I2C_MSG_OK);
        assertThat(rig.driver().answer(read).bytes()).containsExactly(1, 2, I2cWire.VIRTIO_I2C_MSG_OK);
        expectService();
    }

    /** As after a crash in the middle of a transfer. */
    @Test
    void shouldNotRepeatWhatMayBeOnTheWire() {
        long token = submit(I2cRequests.write(TARGET, 1), 1);
        rig.settle();
        ((I2cDevice) rig.device()).journal().begin(new int[] {0});
        rig.bench().restart();
        settle();
        settle();

        assertThat(heard).isEmpty();
        assertThat(status(token)).isEqualTo(I2cWire.VIRTIO_I2C_MSG_ERR);
        expectService();
    }

    @Test
    void shouldCarryOutWhatOnlyWaitedForTheBusWhenTheHandlerWasReplaced() {
        long first = submit(I2cRequests.writeAndMore(TARGET, 1), 1);
        long second = submit(I2cRequests.write(TARGET, 2), 1);
        rig.settle();
        rig.bench().restart();
        settle();
        settle();

        assertThat(heard).containsExactly("write 01", "write 02", "stop");
        assertThat(status(first)).isEqualTo(I2cWire.VIRTIO_I2C_MSG_OK);
        assertThat(status(second)).isEqualTo(I2cWire.VIRTIO_I2C_MSG_OK);
    }

    @Test
    void shouldFailTheRestOfAGroupThatWasInterrupted() {
        long first = submit(I2cRequests.writeAndMore(TARGET, 1), 1);
        rig.settle();
        ((I2cDevice) rig.device()).journal().begin(new int[] {0});
        rig.bench().restart();
        long second = submit(I2cRequests.write(TARGET, 2), 1);
        settle();
        settle();

        assertThat(heard).isEmpty();
        assertThat(status(first)).isEqualTo(I2cWire.VIRTIO_I2C_MSG_ERR);
        assertThat(status(second)).isEqualTo(I2cWire.VIRTIO_I2C_MSG_ERR);
    }

    @Test
    void shouldNotWaitForTheRestOfAGroupWhenDrained() {
        long token = submit(I2cRequests.writeAndMore(TARGET, 1), 1);
        rig.settle();
        rig.bench().drain();
        settle();

        assertThat(status(token)).isEqualTo(I2cWire.VIRTIO_I2C_MSG_OK);
        assertThat(loop.timers()).isZero();
    }

    @Test
    void shouldAnswerWithAnErrorWhenAModelThrows() throws Exception {
        bus.attach(new SimulatedBus.Target("broken", "test", OTHER, new I2cModel() {
            @Override
            public boolean write(ByteBuffer data) {
                throw new IllegalStateException("a bug of the model");
            }

            @Override
            public boolean read(ByteBuffer into) {
                return false;
            }
        }));

        expectRefused(I2cRequests.write(OTHER, 1), 1);
        heard.clear();
        expectRefused(I2cRequests.read(OTHER), 2);
    }
}
