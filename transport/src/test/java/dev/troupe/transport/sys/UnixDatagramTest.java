package dev.troupe.transport.sys;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class UnixDatagramTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"%s/notify", "@troupe-test-%s"})
    void shouldCarryADatagramWithItsDescriptorsToAPathAndToAnAbstractName(String form) {
        String address = form.formatted(folder);
        try (Arena arena = Arena.ofConfined();
                Fd inbox = UnixDatagram.bind(address);
                Fd sender = UnixDatagram.connect(address);
                Fd eventFd = EventFd.create()) {
            MemorySegment text = arena.allocateFrom(ValueLayout.JAVA_BYTE, "READY=1".getBytes(UTF_8));
            assertThat(SocketFd.send(sender, text, List.of(eventFd))).isEqualTo(7);

            MemorySegment into = arena.allocate(100);
            List<Fd> fds = new ArrayList<>();
            assertThat(SocketFd.receive(inbox, into, fds)).isEqualTo(7);
            EventFd.signal(fds.getFirst());
            fds.forEach(Fd::close);
            assertThat(EventFd.drain(eventFd)).isTrue();
        }
    }

    @Test
    void shouldLeaveAMessageWhereItIsWhenItIsPeekedAt() {
        List<Fd> pair = SocketFd.messagePair();
        try (Arena arena = Arena.ofConfined();
                Fd sender = pair.getFirst();
                Fd receiver = pair.getLast();
                Fd eventFd = EventFd.create()) {
            SocketFd.send(sender, arena.allocate(1), List.of(eventFd));
            sender.close();

            List<Fd> fds = new ArrayList<>();
            assertThat(SocketFd.peek(receiver, arena.allocate(1), fds)).isEqualTo(1);
            assertThat(SocketFd.receive(receiver, arena.allocate(1), fds)).isEqualTo(1);
            assertThat(SocketFd.receive(receiver, arena.allocate(1), fds)).isZero();
            assertThat(fds).hasSize(2).allMatch(EventFd::isEventFd);
            fds.forEach(Fd::close);
        }
    }

    @Test
    void shouldSayWhenNobodyIsThere() {
        assertThatThrownBy(() -> UnixDatagram.connect(folder + "/nobody"))
                .isInstanceOf(SysException.class)
                .hasMessageContaining("ENOENT");
        assertThatThrownBy(() -> UnixDatagram.connect("x".repeat(108))).hasMessageContaining("ENAMETOOLONG");
    }
}
