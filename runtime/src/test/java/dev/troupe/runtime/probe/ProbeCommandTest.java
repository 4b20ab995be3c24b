package dev.troupe.runtime.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.config.DeviceTypes;
import dev.troupe.runtime.testing.CommandRun;
import dev.troupe.runtime.testing.LiveDaemon;
import dev.troupe.transport.frontend.FrontEnd;
import dev.troupe.transport.socket.SocketPermissions;
import dev.troupe.transport.socket.UnixAddress;
import dev.troupe.transport.socket.VhostListener;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProbeCommandTest {

    @TempDir
    static Path folder = Path.of("");

    private static LiveDaemon daemon;

    @BeforeAll
    static void startDaemon() throws Exception {
        daemon = LiveDaemon.start(folder);
    }

    @AfterAll
    static void stopDaemon() {
        daemon.close();
    }

    private static CommandRun probe(String... arguments) {
        return CommandRun.of((out, err) -> new ProbeCommand(DeviceTypes.load(), out, err), arguments);
    }

    @Test
    void shouldNameFeaturesAndConfigFieldsWhenTheBackEndIsADisk() throws Exception {
        CommandRun run = probe(daemon.socket("disk").toString());
        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .contains("blk (concluded", "VIRTIO_BLK_F_FLUSH", "VERSION_1", "REPLY_ACK")
                .containsPattern("capacity +32768\n")
                .containsPattern("queues +2\n");
    }

    @Test
    void shouldConcludeRngWhenThereIsNoConfigurationSpace() throws Exception {
        CommandRun run = probe(daemon.socket("random").toString());
        assertThat(run.out()).contains("rng (concluded").containsPattern("configuration space +none\n");
    }

    @Test
    void shouldPrintJsonWhenAskedTo() throws Exception {
        CommandRun run = probe(daemon.socket("disk").toString(), "--json", "--type", "blk");
        assertThat(run.out()).contains("\"typeGiven\" : true", "\"capacity\" : 32768", "\"maxQueues\" : 2");
    }

    @Test
    void shouldSaySoWhenNobodyListens() {
        CommandRun run = probe(folder.resolve("nothing.sock").toString());
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).startsWith("troupe: Nobody listens on ");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void shouldSpeakOfAnotherFrontEndWhenNobodyAnswers() throws Exception {
        Path socket = folder.toRealPath().resolve("silent.sock");
        try (VhostListener listener = VhostListener.bind(UnixAddress.of(socket), SocketPermissions.PRIVATE)) {
            CommandRun run = probe(socket.toString(), "--timeout", "100 ms");
            assertThat(listener.readiness().isOpen()).isTrue();
            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.err()).contains("another front end is connected");
        }
    }

    @Test
    void shouldSpeakOfAnotherFrontEndWhenOneIsConnected() throws Exception {
        Path socket = daemon.socket("fixed");
        try (FrontEnd other = FrontEnd.connect(socket)) {
            CommandRun run = probe(socket.toString(), "--timeout", "500 ms");
            assertThat(other.getFeatures()).isNotZero();
            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.err()).contains("another front end is connected");
        }
    }

    @Test
    void shouldRefuseTheCommandLineWhenTheTypeIsUnknown() {
        CommandRun run = probe("x.sock", "--type", "blkk");
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("no device type 'blkk'; known are blk, ");
    }
}
