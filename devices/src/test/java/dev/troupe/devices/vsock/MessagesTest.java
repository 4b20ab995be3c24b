package dev.troupe.devices.vsock;

import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_REQUEST;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_RESPONSE;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_RST;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_RW;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_SEQ_EOM;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_SEQ_EOR;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_TYPE_SEQPACKET;
import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.testing.GuestRig;
import dev.troupe.transport.loop.EventLoopConfig;
import dev.troupe.transport.sys.ListeningSocket;
import dev.troupe.transport.sys.StreamSocket;
import dev.troupe.transport.testing.LeakCheck;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Messages between a guest and a host's socket that keeps them apart. */
@ExtendWith(LeakCheck.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MessagesTest {
    private static final int PORT = 1024;
    private static final int GUEST_PORT = 5000;
    private static final int ROOM = 16 << 10;

    @TempDir
    Path folder = Path.of("");

    private VsockHost host;
    private ListeningSocket server;
    private VsockGuest guest;
    private Packet connection;
    private StreamSocket program;

    @BeforeEach
    void connect() {
        host = new VsockHost(EventLoopConfig.Choice.IO_URING, folder);
        host.add("dev", Map.of("guest-cid", 3L, "seqpacket-path", folder.resolve("msgs"), "buffer-size", (long) ROOM));
        server = ListeningSocket.listen(folder.resolve("msgs_" + PORT), StreamSocket.Kind.MESSAGES);
        guest = VsockGuest.connect(host.path("dev"), false, VsockGuest.ALL_FEATURES);
        connection = Packet.toHost(VIRTIO_VSOCK_OP_REQUEST, GUEST_PORT, PORT).type(VIRTIO_VSOCK_TYPE_SEQPACKET);
        guest.send(connection);
        guest.next(VIRTIO_VSOCK_OP_RESPONSE);
        AtomicReference<@Nullable StreamSocket> accepted = new AtomicReference<>();
        GuestRig.await("the connection", () -> {
            accepted.set(server.accept());
            return accepted.get() != null;
        });
        program = Objects.requireNonNull(accepted.get());
    }

    @AfterEach
    void close() {
        program.close();
        guest.close();
        server.close();
        host.close();
    }

    private Packet piece(String text, int flags) {
        return connection.text(text).flags(flags);
    }

    /** The next message that the host's program gets; empty also at the end. */
    private String hear() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment into = arena.allocate(2L * ROOM);
            int[] bytes = new int[1];
            GuestRig.await("a message", () -> {
                bytes[0] = program.receive(into);
                return bytes[0] >= 0;
            });
            return new String(into.asSlice(0, bytes[0]).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.US_ASCII);
        }
    }

    private void say(String message) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment from = arena.allocateFrom(ValueLayout.JAVA_BYTE, message.getBytes(StandardCharsets.US_ASCII));
            assertThat(program.send(from)).isEqualTo(message.length());
        }
    }

    @Test
    void shouldPutTheGuestsPiecesTogetherWhenTheMessageEnds() {
        guest.send(piece("in two ", 0));
        guest.send(piece("pieces", VIRTIO_VSOCK_SEQ_EOM));
        guest.send(piece("whole", VIRTIO_VSOCK_SEQ_EOM));
        assertThat(hear()).isEqualTo("in two pieces");
        assertThat(hear()).isEqualTo("whole");
    }

    @Test
    void shouldCutTheHostsMessageToTheGuestsBuffersAndMarkItsEnd() {
        say("a".repeat(10_000));
        say("b");
        StringBuilder text = new StringBuilder();
        Packet packet = guest.nextBesidesCredit();
        while ((packet.flags() & VIRTIO_VSOCK_SEQ_EOM) == 0) {
            text.append(packet.text());
            packet = guest.nextBesidesCredit();
        }
        assertThat(text.append(packet.text())).hasToString("a".repeat(10_000));
        Packet other = guest.nextBesidesCredit();
        assertThat(other.text()).isEqualTo("b");
        assertThat(other.flags()).isEqualTo(VIRTIO_VSOCK_SEQ_EOM);
    }

    @Test
    void shouldPassAnEmptyMessageBothWays() {
        guest.send(piece("", VIRTIO_VSOCK_SEQ_EOM));
        guest.send(piece("after it", VIRTIO_VSOCK_SEQ_EOM));
        assertThat(hear()).isEmpty();
        assertThat(hear()).isEqualTo("after it");
        assertThat(program.sendEmpty()).isZero();
        Packet empty = guest.nextBesidesCredit();
        assertThat(empty.op()).isEqualTo(VIRTIO_VSOCK_OP_RW);
        assertThat(empty.len()).isZero();
        assertThat(empty.flags()).isEqualTo(VIRTIO_VSOCK_SEQ_EOM);
    }

    @Test
    void shouldDeliverTheMessageWhenItEndsARecordToo() {
        guest.send(piece("record", VIRTIO_VSOCK_SEQ_EOM | VIRTIO_VSOCK_SEQ_EOR));
        assertThat(hear()).isEqualTo("record");
    }

    @Test
    void shouldResetWhenAMessageOfTheHostsIsLongerThanThereIsRoomFor() {
        say("c".repeat(2 * ROOM));
        assertThat(guest.nextBesidesCredit().op()).isEqualTo(VIRTIO_VSOCK_OP_RST);
    }

    @Test
    void shouldResetWhenAMessageOfTheGuestsIsLongerThanItHasRoomFor() {
        guest.send(piece("d".repeat(ROOM), 0));
        guest.send(piece("d", VIRTIO_VSOCK_SEQ_EOM));
        assertThat(guest.nextBesidesCredit().op()).isEqualTo(VIRTIO_VSOCK_OP_RST);
        assertThat(hear()).isEmpty();
    }

    @Test
    void shouldResetWhenAMessageIsInMorePiecesThanCanBeSentAtOnce() {
        for (int i = 0; i < 2000; i++) {
            guest.send(piece("four", 0));
        }
        guest.send(piece("", VIRTIO_VSOCK_SEQ_EOM));
        assertThat(guest.nextBesidesCredit().op()).isEqualTo(VIRTIO_VSOCK_OP_RST);
        assertThat(hear()).isEmpty();
    }

    @Test
    void shouldKeepNothingOfPiecesThatAreEmpty() {
        // Each kept would take four bytes of twice the room.
        for (int i = 0; i <= 2 * ROOM / Integer.BYTES; i++) {
            guest.send(piece("", 0));
        }
        guest.send(piece("!", VIRTIO_VSOCK_SEQ_EOM));
        assertThat(hear()).isEqualTo("!");
    }
}
