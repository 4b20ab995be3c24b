package dev.troupe.actors.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.actors.device.SavedState;
import dev.troupe.actors.vault.DeviceRecord.Agreed;
import dev.troupe.actors.vault.DeviceRecord.Connection;
import dev.troupe.actors.vault.DeviceRecord.EventFds;
import dev.troupe.actors.vault.DeviceRecord.Hand;
import dev.troupe.actors.vault.DeviceRecord.Inflight;
import dev.troupe.actors.vault.DeviceRecord.Log;
import dev.troupe.actors.vault.DeviceRecord.Memory;
import dev.troupe.actors.vault.DeviceRecord.Offered;
import dev.troupe.actors.vault.DeviceRecord.Region;
import dev.troupe.actors.vault.DeviceRecord.Vring;
import dev.troupe.transport.protocol.Bytes;
import dev.troupe.transport.ring.RingAreas;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.Mapping;
import dev.troupe.transport.sys.MemFd;
import dev.troupe.transport.testing.LeakCheck;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A record says what was written, or clearly that it cannot. */
@ExtendWith(LeakCheck.class)
class DeviceRecordTest {

    private static final DeviceRecord BARE = new DeviceRecord(
            "rng.0", "rng", "/run/rng0.sock", new Offered(1, 2, 1), 0, null, List.of(), SavedState.NONE, null);

    private static final DeviceRecord FULL = new DeviceRecord(
            "disk0",
            "blk",
            "/run/disk0.sock",
            new Offered(-1, 0x1234, 2),
            77,
            "disk0.listener.1",
            List.of(new Memory("sectors", 1 << 30, "disk0.memory.2")),
            SavedState.of(3, (byte) 1, (byte) 2),
            new Connection(
                    "disk0.socket.3",
                    "disk0.back.4",
                    new Agreed(
                            Long.MIN_VALUE,
                            true,
                            99,
                            15,
                            List.of(new Region(0, 4096, 1 << 20, 512, "rng0.mem.5")),
                            List.of(
                                    new Vring(
                                            128,
                                            new RingAreas(16, 32, 48),
                                            -1,
                                            0x8000_8000,
                                            true,
                                            true,
                                            new EventFds("disk0.kick.6", "disk0.call.7", null),
                                            new Inflight(1, 128, true, 0, 4160, "disk0.inflight.8")),
                                    new Vring(0, null, 7, 0, false, false, new EventFds(null, null, null), null)),
                            new Log(8, 4096, "disk0.log.9"),
                            new Inflight(2, 1024, false, 64, 9000, "disk0.inflight.10")),
                    Bytes.of(new byte[60]),
                    new Hand(Bytes.of(new byte[20]), List.of("disk0.kick.11"))));

    @Test
    void shouldReadWhatWasWrittenWhenNothingHappenedToIt() {
        assertThat(DeviceRecordCodec.decode(DeviceRecordCodec.encode(FULL))).isEqualTo(FULL);
        assertThat(DeviceRecordCodec.decode(DeviceRecordCodec.encode(BARE))).isEqualTo(BARE);
    }

    @Test
    void shouldSayItClearlyWhenABodyIsCutAnywhere() {
        byte[] body = DeviceRecordCodec.encode(FULL);
        IntStream.range(0, body.length)
                .forEach(length -> assertThatThrownBy(() -> DeviceRecordCodec.decode(Arrays.copyOf(body, length)))
                        .isInstanceOf(RecordException.class));
        assertThatThrownBy(() -> DeviceRecordCodec.decode(Arrays.copyOf(body, body.length + 1)))
                .isInstanceOf(RecordException.class)
                .hasMessage("1 bytes follow its end");
    }

    @Test
    void shouldReadSomethingOrSayItClearlyWhenAnyByteOfABodyIsWrong() {
        byte[] body = DeviceRecordCodec.encode(FULL);
        IntStream.range(0, body.length).forEach(at -> {
            byte[] wrong = body.clone();
            wrong[at] ^= (byte) 0xff;
            assertThat(readsOrRefuses(wrong)).as("byte " + at).isTrue();
        });
    }

    private static boolean readsOrRefuses(byte[] body) {
        try {
            return DeviceRecordCodec.decode(body) != null;
        } catch (RecordException refused) {
            return refused.getMessage() != null;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, -1})
    void shouldNameBothVersionsWhenARecordHasAnother(int version) {
        byte[] body = DeviceRecordCodec.encode(FULL);
        MemorySegment.ofArray(body).set(ValueLayout.JAVA_INT_UNALIGNED, 0, version);
        assertThatThrownBy(() -> DeviceRecordCodec.decode(body))
                .isInstanceOf(RecordException.class)
                .hasMessage("it has format %s, written by another version of Troupe; this one reads format 2"
                        .formatted(Integer.toUnsignedString(version)));
    }

    @Test
    void shouldFindTheNewestRecordWhenAFileIsOpenedAgain() {
        try (RecordFile file = RecordFile.create("disk0")) {
            file.prepare(new byte[] {1});
            file.publish();
            file.prepare(new byte[] {2, 2});
            file.publish();
            try (RecordFile again = RecordFile.open(file.fd().duplicate())) {
                assertThat(again.read()).containsExactly(2, 2);
                again.prepare(new byte[] {3});
                again.publish();
            }
            assertThat(file.read()).containsExactly(3);
        }
    }

    @Test
    void shouldFindTheRecordBeforeWhenTheWriterDiedBeforeItPublished() {
        try (RecordFile file = RecordFile.create("disk0")) {
            file.prepare(new byte[] {1});
            file.publish();
            file.prepare(new byte[] {2});
            assertThat(readAgain(file)).containsExactly(1);
            file.publish();
            assertThat(readAgain(file)).containsExactly(2);
        }
    }

    private static byte[] readAgain(RecordFile file) {
        try (RecordFile again = RecordFile.open(file.fd().duplicate())) {
            return again.read();
        }
    }

    @Test
    void shouldFindTheRecordBeforeWhenAnyByteOfTheNewestIsWrong() {
        byte[] newest = DeviceRecordCodec.encode(FULL);
        try (RecordFile file = RecordFile.create("disk0")) {
            file.prepare(DeviceRecordCodec.encode(BARE));
            file.publish();
            file.prepare(newest);
            file.publish();
            try (Mapping mapping = Mapping.map(file.fd(), 0, RecordFile.FILE_BYTES, true)) {
                MemorySegment slot = mapping.segment().asSlice(RecordFile.FIRST_SLOT + RecordFile.SLOT_BYTES);
                // The second u32 of the sequence and of the length are the CRC's to find, too.
                IntStream.range(0, RecordFile.SLOT_HEADER_BYTES + newest.length).forEach(at -> {
                    byte right = slot.get(ValueLayout.JAVA_BYTE, at);
                    slot.set(ValueLayout.JAVA_BYTE, at, (byte) ~right);
                    assertThat(DeviceRecordCodec.decode(readAgain(file)))
                            .as("byte " + at)
                            .isEqualTo(BARE);
                    slot.set(ValueLayout.JAVA_BYTE, at, right);
                });
            }
            assertThat(DeviceRecordCodec.decode(readAgain(file))).isEqualTo(FULL);
        }
    }

    @Test
    void shouldSayItClearlyWhenAFileHoldsNoRecord() {
        try (RecordFile file = RecordFile.create("disk0")) {
            assertThatThrownBy(() -> readAgain(file))
                    .isInstanceOf(RecordException.class)
                    .hasMessage("neither of its two slots holds a whole record");
        }
    }

    @Test
    void shouldSayItClearlyWhenAFileIsNoneOfOurs() {
        Fd small = MemFd.create("test", 4096, true);
        assertThatThrownBy(() -> RecordFile.open(small))
                .isInstanceOf(RecordException.class)
                .hasMessageContaining("4096 bytes");
        assertThat(small.isOpen()).isFalse();
        Fd strange = MemFd.create("test", RecordFile.FILE_BYTES, true);
        assertThatThrownBy(() -> RecordFile.open(strange))
                .isInstanceOf(RecordException.class)
                .hasMessage("its file is none of Troupe's");
        assertThat(strange.isOpen()).isFalse();
    }
}
