package dev.troupe.devices.vsock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.devices.testing.ManualLoop;
import dev.troupe.devices.testing.TestDeviceContext;
import dev.troupe.devices.testing.TestSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which settings count while names of hosts are looked up, and afterwards. */
class CurrentSettingsTest {
    private static final Target FORMER = new Target.Unix(Path.of("/former"));
    private static final Target.Tcp NAMED = new Target.Tcp("localhost", 80);
    private static final String UNKNOWN = "no.such.host.invalid:80";

    private final ManualLoop loop = new ManualLoop();
    private final TestDeviceContext context = new TestDeviceContext(loop);
    private CurrentSettings settings;

    @BeforeEach
    void open() throws DeviceException {
        settings = CurrentSettings.open(settings("a", Map.of("1", Map.of("unix", Path.of("/former")))), context);
        context.holdBlocking();
    }

    @AfterEach
    void close() {
        context.close();
    }

    private static VsockSettings settings(String group, Map<String, Object> ports) {
        return VsockSettings.of(
                TestSettings.of(new VsockFactory(), Map.of("guest-cid", 3L, "groups", List.of(group), "ports", ports)));
    }

    private void lookUp() {
        context.doBlocking();
        loop.settle();
    }

    @Test
    void shouldLeadToANamedHostOnceItsAddressIsKnown() {
        settings.change(settings("b", Map.of("1", Map.of("tcp", "localhost:80"))));
        assertThat(settings.now().ports()).isEqualTo(Map.of(1, FORMER));
        lookUp();
        assertThat(settings.now().ports()).isEqualTo(Map.of(1, NAMED));
        assertThat(settings.address(NAMED).getAddress().isLoopbackAddress()).isTrue();
    }

    @Test
    void shouldTakeAllThatNeedsNoLookUpAtOnce() {
        Map<String, Object> ports = Map.of(
                "1", Map.of("tcp", "localhost:80"), "2", Map.of("tcp", "localhost:80"), "3", Map.of("tcp", "[::1]:80"));
        settings.change(settings("b", ports));
        assertThat(settings.now().groups()).isEqualTo(Set.of("b"));
        assertThat(settings.now().ports()).isEqualTo(Map.of(1, FORMER, 3, new Target.Tcp("::1", 80)));
        assertThat(settings.address(new Target.Tcp("::1", 80)).getPort()).isEqualTo(80);
    }

    @Test
    void shouldLeadWherePortsLedWhenTheirHostIsNotKnown() {
        Map<String, Object> ports = Map.of("1", Map.of("tcp", UNKNOWN), "2", Map.of("tcp", UNKNOWN));
        settings.change(settings("b", ports));
        lookUp();
        assertThat(settings.now().ports()).isEqualTo(Map.of(1, FORMER));
        assertThat(settings.now().groups()).isEqualTo(Set.of("b"));
    }

    @Test
    void shouldForgetALookUpWhenAnotherChangeCameMeanwhile() {
        settings.change(settings("b", Map.of("1", Map.of("tcp", "localhost:80"))));
        VsockSettings later = settings("c", Map.of());
        settings.change(later);
        lookUp();
        assertThat(settings.now()).isEqualTo(later);
    }

    @Test
    void shouldLookAHostUpAgainWhenItWasNotNamedMeanwhile() {
        Map<String, Object> named = Map.of("1", Map.of("tcp", "localhost:80"));
        settings.change(settings("a", named));
        lookUp();
        settings.change(settings("b", named));
        assertThat(context.blockingTasks()).isEqualTo(1);
        settings.change(settings("b", Map.of()));
        settings.change(settings("b", named));
        assertThat(context.blockingTasks()).isEqualTo(2);
    }
}
