package dev.troupe.devices.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.devices.testing.ManualLoop;
import dev.troupe.devices.testing.QueuesRig;
import dev.troupe.devices.testing.RequestWriter.Answer;
import dev.troupe.devices.testing.TestDeviceContext;
import dev.troupe.devices.testing.TestSettings;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A console, as its driver sees it. */
class ConsoleDeviceTest {
    private static final int QUEUE_SIZE = 8;
    private static final int ROOM = 64;

    private final ManualLoop loop = new ManualLoop();
    private final TestDeviceContext context = new TestDeviceContext(loop);
    private final List<Long> controlBuffers = new ArrayList<>();

    private ConsoleDevice open(Map<String, Object> given) {
        try {
            return ConsoleDevice.open(ConsoleSettings.of(TestSettings.of(new ConsoleFactory(), given)), context);
        } catch (DeviceException e) {
            throw new IllegalStateException(e);
        }
    }

    private ConsoleDevice openPorts() {
        return open(Map.of(
                "log-size", 1024L, "ports", Map.of("agent", Map.of("number", 1L), "shell", Map.of("console", true))));
    }

    private QueuesRig rig(ConsoleDevice device, int... queues) {
        QueuesRig rig = new QueuesRig(loop, device, device.features(), QUEUE_SIZE).start(queues);
        controlBuffers.clear();
        rig.settle();
        return rig;
    }

    private static byte[] control(int id, int event, int value) {
        return ByteBuffer.allocate(ConsoleWire.CONTROL_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(id)
                .putShort((short) event)
                .putShort((short) value)
                .array();
    }

    /** Says something to the device. */
    private static void say(QueuesRig rig, int id, int event, int value) {
        rig.request(ConsoleWire.CONTROL_TRANSMITQ, control(id, event, value), 0);
    }

    /** The control messages that the device has for its driver, as text. */
    private List<String> messages(QueuesRig rig) {
        List<String> messages = new ArrayList<>();
        while (controlBuffers.size() < 4) {
            controlBuffers.add(rig.submit(ConsoleWire.CONTROL_RECEIVEQ, new byte[0], ROOM));
        }
        rig.settle();
        while (rig.writer(ConsoleWire.CONTROL_RECEIVEQ).isAnswered(controlBuffers.getFirst())) {
            messages.add(text(rig.writer(ConsoleWire.CONTROL_RECEIVEQ).answer(controlBuffers.removeFirst())));
            controlBuffers.add(rig.submit(ConsoleWire.CONTROL_RECEIVEQ, new byte[0], ROOM));
            rig.settle();
        }
        return messages;
    }

    private static String text(Answer answer) {
        ByteBuffer message = ByteBuffer.wrap(answer.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        int id = message.getInt();
        int event = message.getShort();
        int value = message.getShort();
        byte[] more = Arrays.copyOfRange(answer.bytes(), ConsoleWire.CONTROL_BYTES, (int) answer.usedLengthBytes());
        return switch (event) {
            case ConsoleWire.VIRTIO_CONSOLE_DEVICE_ADD -> "add " + id;
            case ConsoleWire.VIRTIO_CONSOLE_CONSOLE_PORT -> "console " + id;
            case ConsoleWire.VIRTIO_CONSOLE_RESIZE ->
                "resize " + id + " to " + message.getShort() + " x " + message.getShort();
            case ConsoleWire.VIRTIO_CONSOLE_PORT_NAME -> "name " + id + " " + new String(more, StandardCharsets.UTF_8);
            case ConsoleWire.VIRTIO_CONSOLE_PORT_OPEN -> "open " + id + " " + value;
            default -> "unknown " + event;
        };
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String logOf(ConsoleDevice device, int port) {
        PortLog log = device.port(port).log();
        ByteBuffer kept = ByteBuffer.allocate(log.capacity());
        log.read(log.oldest(), kept);
        return new String(kept.array(), 0, kept.position(), StandardCharsets.UTF_8);
    }

    private QueuesRig ready(ConsoleDevice device) {
        QueuesRig rig = rig(device, 0, 1, 2, 3, 4, 5);
        say(rig, -1, ConsoleWire.VIRTIO_CONSOLE_DEVICE_READY, 1);
        messages(rig);
        say(rig, 0, ConsoleWire.VIRTIO_CONSOLE_PORT_READY, 1);
        say(rig, 1, ConsoleWire.VIRTIO_CONSOLE_PORT_READY, 1);
        messages(rig);
        return rig;
    }

    @Test
    void shouldBeOneTerminalWithoutControlQueuesWhenNoPortsAreConfigured() {
        ConsoleDevice device = open(Map.of());
        try (QueuesRig rig = rig(device, 0, 1)) {
            assertThat(device.queueCount()).isEqualTo(2);
            assertThat(device.features() & ConsoleWire.VIRTIO_CONSOLE_F_MULTIPORT)
                    .isZero();
            assertThat(device.configSpace(0)).containsExactly(80, 0, 24, 0, 1, 0, 0, 0, 0, 0, 0, 0);

            rig.request(1, bytes("login: "), 0);
            assertThat(logOf(device, 0)).isEqualTo("login: ");
        }
    }

    @Test
    void shouldIntroduceItsPortsOneStepAfterTheOther() {
        ConsoleDevice device = openPorts();
        try (QueuesRig rig = rig(device, 0, 1, 2, 3, 4, 5)) {
            assertThat(device.queueCount()).isEqualTo(6);
            assertThat(messages(rig)).isEmpty();
            say(rig, -1, ConsoleWire.VIRTIO_CONSOLE_DEVICE_READY, 1);
            assertThat(messages(rig)).containsExactly("add 0", "add 1");
            say(rig, 0, ConsoleWire.VIRTIO_CONSOLE_PORT_READY, 1);
            assertThat(messages(rig)).containsExactly("console 0", "resize 0 to 80 x 24", "name 0 shell", "open 0 1");
            say(rig, 1, ConsoleWire.VIRTIO_CONSOLE_PORT_READY, 1);
            assertThat(messages(rig)).containsExactly("name 1 agent", "open 1 1");
            assertThat(messages(rig)).isEmpty();
        }
    }

    @Test
    void shouldBeginAnewWhenADriverBeginsAnewAndGoOnAfterAReset() {
        ConsoleDevice device = openPorts();
        try (QueuesRig rig = ready(device)) {
            device.reset();
            assertThat(messages(rig)).isEmpty();
            say(rig, -1, ConsoleWire.VIRTIO_CONSOLE_DEVICE_READY, 1);
            assertThat(messages(rig)).containsExactly("add 0", "add 1");
        }
    }

    @Test
    void shouldRefuseMessagesForPortsThatAreNotThereAndGoOn() {
        ConsoleDevice device = openPorts();
        try (QueuesRig rig = ready(device)) {
            for (int id : new int[] {2, -1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
                say(rig, id, ConsoleWire.VIRTIO_CONSOLE_PORT_READY, 1);
                say(rig, id, ConsoleWire.VIRTIO_CONSOLE_PORT_OPEN, 1);
            }
            say(rig, 0, 77, 1);
            rig.request(ConsoleWire.CONTROL_TRANSMITQ, new byte[7], 0);
            assertThat(rig.bench(ConsoleWire.CONTROL_TRANSMITQ).errors()).isEqualTo(10);

            Random random = new Random(1);
            for (int i = 0; i < 10_000; i++) {
                byte[] any = new byte[1 + random.nextInt(16)];
                random.nextBytes(any);
                rig.request(ConsoleWire.CONTROL_TRANSMITQ, any, 0);
            }
            say(rig, -1, ConsoleWire.VIRTIO_CONSOLE_DEVICE_READY, 1);
            assertThat(messages(rig)).startsWith("add 0");
        }
    }

    @Test
    void shouldPassOverControlBuffersThatAreTooSmallAndCutANameThatDoesNotFit() {
        ConsoleDevice device = openPorts();
        try (QueuesRig rig = rig(device, 0, 1, 2, 3, 4, 5)) {
            say(rig, -1, ConsoleWire.VIRTIO_CONSOLE_DEVICE_READY, 1);
            assertThat(rig.request(ConsoleWire.CONTROL_RECEIVEQ, new byte[0], 7).usedLengthBytes())
                    .isZero();
            rig.request(ConsoleWire.CONTROL_RECEIVEQ, new byte[0], 8);
            rig.request(ConsoleWire.CONTROL_RECEIVEQ, new byte[0], 8);
            say(rig, 1, ConsoleWire.VIRTIO_CONSOLE_PORT_READY, 1);
            assertThat(text(rig.request(ConsoleWire.CONTROL_RECEIVEQ, new byte[0], 10)))
                    .isEqualTo("name 1 ag");
        }
    }

    @Test
    void shouldKeepWhatIsWrittenForAPortUntilTheGuestHasOpenedIt() {
        ConsoleDevice device = openPorts();
        try (QueuesRig rig = ready(device)) {
            CompletableFuture<Boolean> taken = new CompletableFuture<>();
            device.port(1).write(bytes("hello"), () -> taken.complete(true));
            long first = rig.submit(4, new byte[0], 3);
            rig.settle();
            assertThat(rig.writer(4).isAnswered(first)).isFalse();

            say(rig, 1, ConsoleWire.VIRTIO_CONSOLE_PORT_OPEN, 1);
            rig.settle();
            assertThat(rig.writer(4).answer(first).bytes()).isEqualTo(bytes("hel"));
            assertThat(taken).isNotDone();
            Answer second = rig.request(4, new byte[0], 30);
            assertThat(second.usedLengthBytes()).isEqualTo(2);
            assertThat(taken).isCompletedWithValue(true);
        }
    }

    @Test
    void shouldKeepTheLastOfWhatAGuestFloodsItWith() {
        ConsoleDevice device = openPorts();
        try (QueuesRig rig = ready(device)) {
            for (int i = 0; i < 100; i++) {
                assertThat(rig.request(1, new byte[70_000], 0).usedLengthBytes())
                        .isZero();
            }
            rig.request(1, bytes("the end"), 0);
            assertThat(logOf(device, 0)).hasSize(1024).endsWith("the end");
            assertThat(device.port(0).log().written()).isEqualTo(7_000_007);
        }
    }

    /** A reader that the guest waits for, and that takes what the test lets it. */
    private static final class SlowReader implements Outlet {
        private long position;

        @Override
        public long position() {
            return position;
        }

        @Override
        public boolean holdsGuest() {
            return true;
        }

        @Override
        public void pump() {}

        @Override
        public void end() {}
    }

    @Test
    void shouldLetTheGuestWaitForAReaderThatHoldsIt() {
        ConsoleDevice device = openPorts();
        try (QueuesRig rig = ready(device)) {
            SlowReader reader = new SlowReader();
            device.port(0).add(reader);
            long token = rig.submit(1, new byte[2000], 0);
            rig.settle();
            assertThat(rig.writer(1).isAnswered(token)).isFalse();
            assertThat(device.port(0).log().written()).isEqualTo(1024);

            reader.position = 1024;
            device.port(0).roomMade();
            rig.settle();
            assertThat(rig.writer(1).isAnswered(token)).isTrue();
        }
    }

    @Test
    void shouldCopyNoMoreThanTheLogHoldsWhenMuchWaitsAtADrain() {
        ConsoleDevice device = openPorts();
        try (QueuesRig rig = ready(device)) {
            device.port(0).add(new SlowReader());
            rig.submit(1, new byte[1024], 0);
            rig.settle();
            for (int i = 0; i < 5; i++) {
                rig.submit(1, new byte[1000], 0);
            }
            long last = rig.submit(1, bytes("last"), 0);
            rig.settle();
            rig.bench(1).drain();
            rig.settle();

            assertThat(rig.writer(1).isAnswered(last)).isTrue();
            assertThat(device.port(0).log().written()).isEqualTo(2 * 1024);
            assertThat(logOf(device, 0)).endsWith("last");
        }
    }

    @Test
    void shouldHoldUpNoDrainAndNoGuestWhoseReaderLeaves() {
        ConsoleDevice device = openPorts();
        try (QueuesRig rig = ready(device)) {
            SlowReader reader = new SlowReader();
            device.port(0).add(reader);
            long first = rig.submit(1, new byte[2000], 0);
            long second = rig.submit(1, bytes("last"), 0);
            rig.settle();
            rig.bench(1).drain();
            rig.settle();
            assertThat(rig.writer(1).isAnswered(first)).isTrue();
            assertThat(rig.writer(1).isAnswered(second)).isTrue();
            assertThat(logOf(device, 0)).endsWith("last");

            long third = rig.submit(1, new byte[2000], 0);
            rig.settle();
            assertThat(rig.writer(1).isAnswered(third)).isFalse();
            device.port(0).remove(reader);
            rig.settle();
            assertThat(rig.writer(1).isAnswered(third)).isTrue();
        }
    }

    @Test
    void shouldTellTheDriverANewSizeAndKeepItInItsState() throws Exception {
        ConsoleDevice device = openPorts();
        ConsoleDevice after = openPorts();
        try (QueuesRig rig = ready(device)) {
            device.command("resize", List.of("132", "50"));
            assertThat(messages(rig)).containsExactly("resize 0 to 132 x 50");
            assertThat(context.configChanges()).isEqualTo(1);
            say(rig, 1, ConsoleWire.VIRTIO_CONSOLE_PORT_OPEN, 1);
            after.loadState(device.saveState());
        }
        try (QueuesRig rig = rig(after, 0, 1, 2, 3, 4, 5)) {
            assertThat(messages(rig)).isEmpty();
            assertThat(after.configSpace(0)).startsWith(132 - 256, 0, 50, 0);
            assertThat(after.port(1).guestOpen()).isTrue();
            after.command("resize", List.of("80", "25"));
            assertThat(messages(rig)).containsExactly("resize 0 to 80 x 25");
        }
    }

    @Test
    void shouldTellRowsFirstWhenOlderKernelsWantIt() {
        ConsoleDevice device = open(Map.of("rows-first", true, "ports", Map.of("shell", Map.of("console", true))));
        try (QueuesRig rig = rig(device, 0, 1, 2, 3)) {
            say(rig, -1, ConsoleWire.VIRTIO_CONSOLE_DEVICE_READY, 1);
            messages(rig);
            say(rig, 0, ConsoleWire.VIRTIO_CONSOLE_PORT_READY, 1);
            assertThat(messages(rig)).contains("resize 0 to 24 x 80");
        }
    }

    @Test
    void shouldTakeCharactersWithoutAQueue() {
        ConsoleDevice device = openPorts();
        try (QueuesRig rig = rig(device)) {
            byte[] space = device.configSpace(0);
            space[ConsoleWire.EMERG_WR_OFFSET] = '!';
            assertThat(device.writeConfigSpace(0, space)).isTrue();
            assertThat(device.writeConfigSpace(ConsoleWire.EMERG_WR_OFFSET, new byte[] {'?', 0, 0, 0}))
                    .isTrue();
            assertThat(logOf(device, 0)).isEqualTo("!?");
        }
    }

    @Test
    void shouldSayHowItsPortsStandAndRefuseWhatMakesNoSense() throws Exception {
        ConsoleDevice device = openPorts();
        try (QueuesRig rig = ready(device)) {
            assertThat(device.command("ports", List.of()))
                    .contains("0 shell (terminal): log, guest closed")
                    .contains("1 agent: log");
            List<List<String>> wrong = List.of(
                    List.of("resize"), List.of("resize", "0", "1"), List.of("resize", "a", "b"), List.of("dance"));
            wrong.forEach(words -> assertThatThrownBy(
                            () -> device.command(words.getFirst(), words.subList(1, words.size())))
                    .isInstanceOf(DeviceException.class));
            assertThatThrownBy(() -> device.converse("attach", List.of("nobody")))
                    .isInstanceOf(DeviceException.class)
                    .hasMessageContaining("shell, agent");
        }
    }
}
