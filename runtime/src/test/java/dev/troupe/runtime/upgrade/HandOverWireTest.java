package dev.troupe.runtime.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.runtime.control.Lineage;
import dev.troupe.runtime.upgrade.Packet.Word;
import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.SocketFd;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HandOverWireTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final List<Fd> ends = SocketFd.messagePair();
    private final HandOverWire one = new HandOverWire(ends.getFirst());
    private final HandOverWire other = new HandOverWire(ends.getLast());

    @AfterEach
    void close() {
        one.close();
        other.close();
    }

    @Test
    void shouldCarryAsManyDescriptorsAsTheKernelAllowsWithTheLongestNames() throws HandOverException {
        List<String> names = Collections.nCopies(HandOverWire.MOST_FDS, "kept " + "n".repeat(200));
        try (Fd fd = EventFd.create()) {
            one.send(new Packet(Word.FDS, names, Collections.nCopies(HandOverWire.MOST_FDS, fd)));
        }

        Packet packet = other.receive(PATIENCE);

        assertThat(packet.lines()).isEqualTo(names);
        assertThat(packet.fds()).hasSize(HandOverWire.MOST_FDS).allMatch(EventFd::isEventFd);
        packet.closeFds();
    }

    @Test
    void shouldTellTheOthersReasonItsSilenceAndItsEndApart() throws HandOverException {
        assertThatThrownBy(() -> one.receive(Duration.ofMillis(1))).hasMessageContaining("said nothing for 1 ms");
        other.send(new Packet(Word.FAILED, List.of("disk0: no such file.")));
        assertThatThrownBy(() -> one.receive(PATIENCE))
                .isInstanceOf(HandOverException.class)
                .hasMessage("disk0: no such file.");
        other.send(new Packet(Word.DONE, List.of()));
        assertThatThrownBy(() -> one.expect(Word.READY, PATIENCE)).hasMessageContaining("DONE where READY");
        other.close();
        assertThatThrownBy(() -> one.receive(PATIENCE)).hasMessageContaining("has ended");
        assertThatThrownBy(() -> one.send(new Packet(Word.GO, List.of()))).isInstanceOf(HandOverException.class);
    }

    @Test
    void shouldRefuseAProgramOfAFormatThatItDoesNotKnow() throws HandOverException {
        Hello own = Hello.own(Set.of("disk0", "rng0"));
        assertThat(Hello.of(own.packet())).isEqualTo(own);
        own.checkFits(new Hello(own.format() + 2, own.format(), "9.0", 1, Set.of()));

        assertThatThrownBy(() -> own.checkFits(new Hello(own.format() + 2, own.format() + 1, "9.0", 1, Set.of())))
                .isInstanceOf(HandOverException.class)
                .hasMessageContaining("9.0")
                .hasMessageContaining("by way of a version in between");
        assertThatThrownBy(() -> own.checkFits(new Hello(own.oldest() - 1, 0, "0.1", 1, Set.of())))
                .isInstanceOf(HandOverException.class);
        assertThatThrownBy(() -> Hello.of(new Packet(Word.HELLO, List.of("format=x"))))
                .isInstanceOf(HandOverException.class);
    }

    @Test
    void shouldHandTheLineageOn() {
        Lineage lineage = Lineage.FIRST.upgraded("first").recovered("second");

        assertThat(LineageRecord.decode(LineageRecord.encode(lineage))).isEqualTo(lineage);
        assertThat(LineageRecord.decode(LineageRecord.encode(Lineage.FIRST))).isEqualTo(Lineage.FIRST);
        assertThat(LineageRecord.decode(List.of("nonsense"))).isEqualTo(Lineage.FIRST);
        assertThat(lineage.sentence())
                .isEqualTo("Since its start the daemon was upgraded once and recovered once. Last: second");
    }
}
