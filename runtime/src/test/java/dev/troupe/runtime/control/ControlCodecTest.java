package dev.troupe.runtime.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.actors.daemon.Removal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ControlCodecTest {

    static Stream<ControlRequest> requests() {
        return Stream.of(
                new ControlRequest.Status(),
                new ControlRequest.Start("a"),
                new ControlRequest.Stop("b\n\"é"),
                new ControlRequest.Restart("c"),
                new ControlRequest.Command("d", "resize", List.of("1 GiB", "")),
                new ControlRequest.Reload(true, false),
                new ControlRequest.Reload(false, true),
                new ControlRequest.Add("e", Map.of("type", "rng", "period", "1 s"), "/tmp"),
                new ControlRequest.AddFile("/tmp/more.conf"),
                new ControlRequest.Remove("f", Removal.WHEN_DISCONNECTED),
                new ControlRequest.Save(Optional.empty()),
                new ControlRequest.Save(Optional.of("/tmp/saved.conf")),
                new ControlRequest.Shutdown());
    }

    static Stream<ControlReply> replies() {
        return Stream.of(
                new ControlReply.Status(ScriptedDaemon.STATUS),
                new ControlReply.Done("line\nline"),
                new ControlReply.Failed("No."),
                new ControlReply.Failed("a.conf:1: no", true));
    }

    @ParameterizedTest
    @MethodSource("requests")
    void shouldReadARequestAsItWasWritten(ControlRequest request) {
        assertThat(ControlCodec.encode(request)).doesNotContain("\n");
        assertThat(ControlCodec.decodeRequest(ControlCodec.encode(request))).isEqualTo(request);
    }

    @ParameterizedTest
    @MethodSource("replies")
    void shouldReadAReplyAsItWasWritten(ControlReply reply) {
        assertThat(ControlCodec.encode(reply)).doesNotContain("\n");
        assertThat(ControlCodec.decodeReply(ControlCodec.encode(reply))).isEqualTo(reply);
    }

    @Test
    void shouldKeepTheFormOnTheWire() {
        assertThat(ControlCodec.encode(new ControlRequest.Restart("disk0")))
                .isEqualTo("{\"command\":\"restart\",\"device\":\"disk0\"}");
        assertThat(ControlCodec.encode(new ControlReply.Failed("No."))).isEqualTo("{\"ok\":false,\"error\":\"No.\"}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "null",
                "7",
                "{} {}",
                "{\"command\":7}",
                "{\"command\":\"fly\"}",
                "{\"command\":\"stop\"}",
                "{\"command\":\"reload\",\"force\":\"yes\"}",
                "{\"command\":\"remove\",\"device\":\"d\",\"how\":\"softly\"}",
                "{\"command\":\"add\",\"device\":\"d\",\"folder\":\"/\",\"settings\":{\"a\":1}}",
                "{\"command\":\"command\",\"device\":\"d\",\"verb\":\"v\",\"arguments\":[1]}"
            })
    void shouldRefuseWhatIsNoRequest(String line) {
        assertThatThrownBy(() -> ControlCodec.decodeRequest(line)).isInstanceOf(IllegalArgumentException.class);
    }
}
