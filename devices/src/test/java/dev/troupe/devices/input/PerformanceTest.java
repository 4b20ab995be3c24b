package dev.troupe.devices.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.actors.device.Conversation;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.devices.testing.TestSettings;
import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.loop.EventLoopConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes at the guest's pace: text, scripts, recordings; on a real event loop, with a guest that takes everything. */
class PerformanceTest {
    private static final InputDescription KEYBOARD = BuiltIn.KEYBOARD.describe("keys", "");

    private final EventLoop loop = EventLoop.start("test", EventLoopConfig.defaults());
    private final EventFlow flow = new EventFlow(KEYBOARD);
    private final List<Long> taken = new ArrayList<>();
    private final InputCommands commands = new InputCommands(flow, InputSource.NONE, new Lights(), loop, settings());
    private int most = Integer.MAX_VALUE;

    @TempDir
    Path directory = Path.of("");

    private static InputSettings settings() {
        return InputSettings.of(TestSettings.of(new InputFactory(), Map.of("pace", Duration.ZERO)));
    }

    @BeforeEach
    void startGuest() {
        onLoop(() -> flow.supply().onMore(this::take));
    }

    @AfterEach
    void endLoop() {
        loop.close();
    }

    private void take() {
        while (taken.size() < most && flow.hasNext()) {
            taken.add(flow.next());
        }
    }

    private void onLoop(Runnable task) {
        CompletableFuture.runAsync(task, loop).orTimeout(10, TimeUnit.SECONDS).join();
    }

    /** An operator who says some text and hears the answer. */
    private static final class Operator implements ByteChannel {
        private final ByteBuffer said;
        private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

        Operator(String text) {
            said = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public int read(ByteBuffer into) {
            if (!said.hasRemaining()) {
                return -1;
            }
            int count = Math.min(into.remaining(), said.remaining());
            into.put(said.slice(said.position(), count));
            said.position(said.position() + count);
            return count;
        }

        @Override
        public int write(ByteBuffer from) {
            int count = from.remaining();
            heard.add(StandardCharsets.UTF_8.decode(from).toString());
            return count;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}

        private String nextHeard() throws InterruptedException {
            return Objects.requireNonNull(heard.poll(10, TimeUnit.SECONDS), "nothing is heard");
        }
    }

    private String talk(String verb, List<String> arguments, String said) throws IOException, DeviceException {
        Operator operator = new Operator(said);
        Conversation conversation = commands.converse(verb, arguments);
        conversation.run(operator);
        return String.join("", operator.heard);
    }

    private List<Integer> pressed() {
        return taken.stream()
                .filter(event -> InputWire.type(event) == EventCodes.EV_KEY && InputWire.value(event) == 1)
                .map(InputWire::code)
                .toList();
    }

    /** A guest that takes nothing for now, and has no room left. */
    private void fill() {
        onLoop(() -> {
            most = 0;
            while (flow.hasRoomFor(2)) {
                flow.report(new long[] {InputWire.event(EventCodes.EV_KEY, 1, 0), EventCodes.REPORT_END}, 2);
            }
        });
    }

    private CompletableFuture<String> type(String text) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return talk("type", List.of(text), "");
            } catch (IOException | DeviceException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void shouldTypeOnceTheGuestHasRoom() throws Exception {
        fill();
        CompletableFuture<String> answer = type("x\\n");
        onLoop(() -> {
            most = Integer.MAX_VALUE;
            take();
        });

        assertThat(answer.get(10, TimeUnit.SECONDS)).isEmpty();
        assertThat(pressed()).containsExactly(45, 28);
    }

    @Test
    void shouldTypeCapitalsWithShift() throws Exception {
        talk("type", List.of("a", "B"), "");

        assertThat(pressed()).containsExactly(30, 57, 42, 48);
    }

    @Test
    void shouldRefuseTextBeforeAnyOfItIsTypedWhenACharacterHasNoKey() {
        assertThatThrownBy(() -> talk("type", List.of("aß"), "")).isInstanceOf(DeviceException.class);
        assertThat(taken).isEmpty();
    }

    @Test
    void shouldCarryOutALineAfterTheOtherAndNameTheLineThatCannotBe() throws Exception {
        String script = "# go\nkey enter\nwait 1\ntype ls\\n\n\nfly away\nkey b\n";

        assertThatThrownBy(() -> talk("script", List.of(), script))
                .isInstanceOf(DeviceException.class)
                .hasMessageStartingWith("Line 6: ")
                .hasMessageContaining("fly");
        assertThat(pressed()).containsExactly(28, 38, 31, 28);
    }

    @Test
    void shouldReplayWhatWasRecordedAndLeaveOutWhatTheDeviceHasNot() throws Exception {
        Path file = Files.writeString(directory.resolve("keys"), """
                # recorded
                N: some keyboard
                E: 5.000000 0001 001e 0001
                E: 5.000000 0002 0000 0003
                E: 5.000000 0000 0000 0000
                E: 5.001000 0001 001e 0000
                E: 5.001000 0000 0000 0000
                """);
        assertThat(talk("replay", List.of(file.toString()), "")).isEmpty();

        assertThat(taken)
                .containsExactly(
                        InputWire.event(EventCodes.EV_KEY, 30, 1), EventCodes.REPORT_END,
                        InputWire.event(EventCodes.EV_KEY, 30, 0), EventCodes.REPORT_END);
        assertThatThrownBy(
                        () -> talk("replay", List.of(directory.resolve("none").toString()), ""))
                .isInstanceOf(DeviceException.class);
    }

    @Test
    void shouldStopWhenTheDriverGoesAwayMeanwhile() throws Exception {
        fill();
        CompletableFuture<String> answer = type("yyy");
        onLoop(flow::reset);

        assertThatThrownBy(() -> answer.get(10, TimeUnit.SECONDS))
                .rootCause()
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("No driver");
    }

    @Test
    void shouldDoTheSameAgainWhenWhatWasRecordedIsReplayed() throws Exception {
        Operator operator = new Operator("");
        Conversation recording = commands.converse("record", List.of());
        Thread recorder = Thread.ofVirtual().start(() -> {
            try {
                recording.run(operator);
            } catch (IOException | DeviceException e) {
                throw new IllegalStateException(e);
            }
        });
        assertThat(operator.nextHeard()).isEqualTo("# keys\n");
        commands.command("key", List.of("ctrl-alt-delete"));
        talk("type", List.of("Hi\\n"), "");
        StringBuilder recorded = new StringBuilder();
        for (long reports = taken.stream()
                        .filter(event -> event == EventCodes.REPORT_END)
                        .count();
                reports > 0;
                reports--) {
            recorded.append(operator.nextHeard());
        }
        recorder.interrupt();
        assertThat(recorder.join(Duration.ofSeconds(10))).isTrue();
        List<Long> first = List.copyOf(taken);
        taken.clear();
        talk("replay", List.of(), recorded.toString());

        assertThat(pressed()).containsExactly(29, 56, 111, 42, 35, 23, 28);
        assertThat(taken).isEqualTo(first);
    }

    @Test
    void shouldRecordInTheFormThatIsReplayed() throws Exception {
        long event = InputWire.event(EventCodes.EV_ABS, 1, -42);
        String line = EventText.format(12_000_345, event);

        assertThat(line).isEqualTo("E: 12.000345 0003 0001 -042");
        assertThat(EventText.parse(line)).contains(new EventText.TimedEvent(12_000_345, event));
        assertThat(EventText.parse("E: x 0 0 0")).isEmpty();
        assertThat(EventText.parse("E: 1.5 zz 0 0")).isEmpty();
    }
}
