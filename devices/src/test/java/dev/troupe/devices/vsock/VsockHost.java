package dev.troupe.devices.vsock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.device.ChangeEffect;
import dev.troupe.actors.device.Option;
import dev.troupe.actors.testing.MemoryVault;
import dev.troupe.actors.testing.TestDaemon;
import dev.troupe.actors.vault.Inheritance;
import dev.troupe.devices.testing.TestSettings;
import dev.troupe.transport.loop.EventLoopConfig;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;

/** A daemon with socket devices, and the host's programs around it. */
final class VsockHost implements AutoCloseable {
    private final EventLoopConfig.Choice choice;
    private final Path folder;
    private final VsockFactory factory = new VsockFactory();
    private final MemoryVault vault = new MemoryVault();
    private TestDaemon daemon;

    VsockHost(EventLoopConfig.Choice choice, Path folder) {
        this.choice = choice;
        this.folder = folder;
        this.daemon = TestDaemon.start(choice, vault, Inheritance.empty());
    }

    TestDaemon daemon() {
        return daemon;
    }

    /** A path in the folder of this test. */
    Path path(String name) {
        return folder.resolve(name);
    }

    /** Adds a device; its front end connects to {@code path(name)}. */
    void add(String name, Map<String, Object> settings) {
        daemon.add(spec(name, settings));
    }

    private DeviceSpec spec(String name, Map<String, Object> settings) {
        return TestDaemon.spec(name, factory, TestSettings.of(factory, settings).values(), path(name));
    }

    /** Changes a device as a reload would, by what the changed options say that it takes. */
    void change(String name, Map<String, Object> settings) {
        DeviceSpec wanted = spec(name, settings);
        Map<String, Object> before = daemon.wanted(name).settings().values();
        Map<String, Object> now = wanted.settings().values();
        ChangeEffect effect = factory.options().stream()
                .filter(option -> !Objects.equals(before.get(option.name()), now.get(option.name())))
                .map(Option::effect)
                .max(Comparator.naturalOrder())
                .orElseThrow();
        assertThat(daemon.change(wanted, effect, false)).isEqualTo(new Outcome.Done(""));
    }

    /** The daemon dies with whatever is under way; a later one has the device again. */
    void dieAndAdd(String name, Map<String, Object> settings) {
        daemon.die(vault);
        daemon = TestDaemon.start(choice, vault, vault.inheritance());
        add(name, settings);
    }

    /** A program that listens. */
    ServerSocketChannel listen(String name) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        return server.bind(UnixDomainSocketAddress.of(path(name)));
    }

    /** A program that connects. */
    SocketChannel dial(String name) throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(path(name)));
    }

    static void write(SocketChannel channel, String text) throws IOException {
        channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** So many bytes, or fewer if there are no more. */
    static String read(SocketChannel channel, int bytes) throws IOException {
        return new String(readBytes(channel, bytes), StandardCharsets.UTF_8);
    }

    static byte[] readBytes(SocketChannel channel, int bytes) throws IOException {
        ByteBuffer into = ByteBuffer.allocate(bytes);
        int got = 0;
        while (into.hasRemaining() && got >= 0) {
            got = channel.read(into);
        }
        byte[] read = new byte[into.position()];
        into.flip().get(read);
        return read;
    }

    @Override
    public void close() {
        daemon.close();
        vault.close();
    }
}
