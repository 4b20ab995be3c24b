package dev.troupe.runtime.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VsockHostEndTest {

    @TempDir
    Path folder;

    private VsockLoad load;

    @BeforeEach
    void setUp() {
        load = new VsockLoad(VsockLoad.Kind.TO_HOST, folder.resolve("uds"));
    }

    private VsockHostEnd open() throws IOException {
        return new VsockHostEnd(load, 512, new Pace(0, 0, 1), OptionalInt.empty());
    }

    private ServerSocketChannel somebody() throws IOException {
        return ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(load.hostPath()));
    }

    @Test
    void shouldLeaveAFileAloneThatLiesWhereItWantsToListen() throws Exception {
        Files.writeString(load.hostPath(), "precious");
        assertThatThrownBy(this::open).hasMessageContaining("cannot listen at " + load.hostPath());
        assertThat(load.hostPath()).hasContent("precious");
    }

    @Test
    void shouldLeaveAProgramAloneThatListensThere() throws Exception {
        try (ServerSocketChannel somebody = somebody()) {
            assertThatThrownBy(this::open).hasMessageContaining("cannot listen at " + load.hostPath());
            try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(load.hostPath()))) {
                assertThat(client.isConnected() && somebody.isOpen()).isTrue();
            }
        }
    }

    @Test
    void shouldReplaceWhatAnEarlierRunHasLeft() throws Exception {
        somebody().close();
        try (VsockHostEnd end = open()) {
            assertThat(end.title()).isEqualTo("The host's program");
            SocketChannel.open(UnixDomainSocketAddress.of(load.hostPath())).close();
        }
        assertThat(load.hostPath()).doesNotExist();
    }
}
