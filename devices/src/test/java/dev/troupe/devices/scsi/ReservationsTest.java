package dev.troupe.devices.scsi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.devices.testing.ManualLoop;
import dev.troupe.devices.testing.RequestWriter.Answer;
import dev.troupe.devices.testing.TestDeviceContext;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Two guests that share a unit. */
@ExtendWith(LeakCheck.class)
class ReservationsTest {
    private static final String READ = "28 00 00000000 00 0001 00";
    private static final String WRITE = "2a 00 00000000 00 0001 00";
    private static final byte[] BLOCK = new byte[512];
    private static final long A = 0xa;
    private static final long B = 0xb;

    @TempDir
    Path directory = Path.of("");

    private final ManualLoop loop = new ManualLoop();
    private final TestDeviceContext daemon = new TestDeviceContext(loop);
    private final GuestContext contextA = new GuestContext(daemon, "guest-a");
    private final GuestContext contextB = new GuestContext(daemon, "guest-b");
    private ScsiRig a;
    private ScsiRig b;

    @BeforeEach
    void open() throws Exception {
        a = ScsiRig.of(loop, contextA, Map.of("disk", unit()));
        b = ScsiRig.of(loop, contextB, Map.of("other-name", unit()));
    }

    private Map<String, Object> unit() {
        return Map.of("path", directory.resolve("both.img"), "size", 1L << 20, "shared", true, "serial", "both");
    }

    @AfterEach
    void close() {
        a.close();
        b.close();
        daemon.close();
    }

    private static Answer out(ScsiRig rig, int action, int type, long key, long serviceActionKey) {
        byte[] list =
                ByteBuffer.allocate(24).putLong(key).putLong(serviceActionKey).array();
        return rig.command("5f %02x %02x 00 00 00000018 00".formatted(action, type), 0, list);
    }

    private static void conflicts(Answer answer) {
        assertThat(ScsiRequests.response(answer)).isEqualTo(ScsiWire.VIRTIO_SCSI_S_OK);
        assertThat(ScsiRequests.status(answer)).isEqualTo(ScsiTask.RESERVATION_CONFLICT);
    }

    private void bothRegister() {
        ScsiRequests.isGood(out(a, ReserveOut.REGISTER, 0, 0, A));
        ScsiRequests.isGood(out(b, ReserveOut.REGISTER, 0, 0, B));
    }

    private static String in(ScsiRig rig, int action) {
        Answer answer = rig.command("5e %02x 00 00 00 00 00 00ff 00".formatted(action), 255);
        ScsiRequests.isGood(answer);
        int length = 255 - ScsiRequests.residual(answer);
        return HexFormat.of().formatHex(ScsiRequests.data(answer), 0, length);
    }

    @Test
    void shouldListKeysAndTheReservation() {
        bothRegister();
        assertThat(in(a, 0)).isEqualTo("00000002" + "00000010" + "000000000000000a" + "000000000000000b");
        assertThat(in(a, 1)).isEqualTo("00000002" + "00000000");

        ScsiRequests.isGood(out(a, ReserveOut.RESERVE, 5, A, 0));
        assertThat(in(b, 1)).isEqualTo("00000002" + "00000010" + "000000000000000a" + "00000000" + "00050000");
        assertThat(in(a, 2)).isEqualTo("00080080" + "ea010000");
        assertThat(in(a, 3)).hasSize(2 * (8 + 2 * 48)).startsWith("00000002" + "00000060" + "000000000000000a");
    }

    @ParameterizedTest
    @CsvSource({"1, false, true", "3, false, false", "5, true, true", "6, true, true", "7, true, true", "8, true, true"
    })
    void shouldAllowARegisteredGuestWhatTheTypeSays(int type, boolean writes, boolean reads) {
        bothRegister();
        ScsiRequests.isGood(out(a, ReserveOut.RESERVE, type, A, 0));

        ScsiRequests.isGood(a.command(WRITE, 0, BLOCK));
        assertThat(ScsiRequests.status(b.command(WRITE, 0, BLOCK)) == ScsiTask.GOOD)
                .isEqualTo(writes);
        assertThat(ScsiRequests.status(b.command(READ, 512)) == ScsiTask.GOOD).isEqualTo(reads);
        ScsiRequests.isGood(b.command("00 00000000 00", 0));
    }

    @ParameterizedTest
    @CsvSource({"1, true", "3, false", "5, true", "6, false", "7, true", "8, false"})
    void shouldAllowAStrangerToReadAtMost(int type, boolean reads) {
        ScsiRequests.isGood(out(a, ReserveOut.REGISTER_AND_IGNORE_EXISTING_KEY, 0, 77, A));
        ScsiRequests.isGood(out(a, ReserveOut.RESERVE, type, A, 0));

        conflicts(b.command(WRITE, 0, BLOCK));
        conflicts(b.command("42 00 00000000 00 0000 00", 0));
        assertThat(ScsiRequests.status(b.command(READ, 512)) == ScsiTask.GOOD).isEqualTo(reads);
        ScsiRequests.isGood(b.command("12 00 00 0024 00", 36));
        conflicts(out(b, ReserveOut.RESERVE, type, 0, 0));
    }

    @Test
    void shouldConflictWhenAKeyIsNotTheGuestsOwn() {
        bothRegister();
        conflicts(out(a, ReserveOut.REGISTER, 0, B, 5));
        conflicts(out(a, ReserveOut.RESERVE, 1, B, 0));
        conflicts(out(a, ReserveOut.CLEAR, 0, B, 0));
        conflicts(out(a, ReserveOut.PREEMPT, 1, A, 0x77));
        assertThat(in(a, 0)).startsWith("00000002");
    }

    @Test
    void shouldHoldAReservationOnceAndReleaseItAsItWasMade() {
        bothRegister();
        ScsiRequests.isGood(out(a, ReserveOut.RESERVE, 6, A, 0));
        ScsiRequests.isGood(out(a, ReserveOut.RESERVE, 6, A, 0));
        conflicts(out(a, ReserveOut.RESERVE, 5, A, 0));
        conflicts(out(b, ReserveOut.RESERVE, 6, B, 0));
        ScsiRequests.isGood(out(b, ReserveOut.RELEASE, 6, B, 0));
        ScsiRequests.fails(out(a, ReserveOut.RELEASE, 5, A, 0), "5/26/04");
        ScsiRequests.isGood(out(a, ReserveOut.RELEASE, 6, A, 0));

        ScsiRequests.fails(b.command(READ, 512), "6/2a/04");
        ScsiRequests.isGood(b.command(READ, 512));
        assertThat(in(a, 1)).endsWith("00000000");
    }

    @Test
    void shouldTakeAReservationFromAnotherGuestAndTellIt() {
        bothRegister();
        ScsiRequests.isGood(out(b, ReserveOut.RESERVE, 1, B, 0));
        ScsiRequests.isGood(out(a, ReserveOut.PREEMPT, 3, A, B));

        ScsiRequests.fails(b.command("00 00000000 00", 0), "6/2a/05");
        conflicts(b.command(READ, 512));
        assertThat(in(a, 0)).isEqualTo("00000003" + "00000008" + "000000000000000a");
        assertThat(in(a, 1)).endsWith("000000000000000a" + "00000000" + "00030000");
    }

    @Test
    void shouldAbortTheTasksOfAGuestThatIsPreemptedSo() {
        bothRegister();
        ScsiRequests.isGood(out(b, ReserveOut.RESERVE, 1, B, 0));
        long task = b.begin(7, WRITE, 0, BLOCK);
        byte[] list = ByteBuffer.allocate(24).putLong(A).putLong(B).array();
        long preempt = a.begin(8, "5f 05 01 00 00 00000018 00", 0, list);
        assertThat(a.requests().driver().isAnswered(preempt)).isFalse();
        b.settle();
        a.settle();

        ScsiRequests.isGood(a.requests().driver().answer(preempt));
        assertThat(ScsiRequests.response(b.requests().driver().answer(task))).isEqualTo(ScsiWire.VIRTIO_SCSI_S_ABORTED);
    }

    @Test
    void shouldPreemptEveryOtherGuestWhenAllRegistrantsHoldTheReservation() {
        bothRegister();
        ScsiRequests.isGood(out(b, ReserveOut.RESERVE, 8, B, 0));
        ScsiRequests.isGood(out(a, ReserveOut.PREEMPT, 7, A, 0));

        assertThat(in(a, 0)).endsWith("00000008" + "000000000000000a");
        assertThat(in(a, 1)).endsWith("0000000000000000" + "00000000" + "00070000");
    }

    @Test
    void shouldForgetEverythingWhenItIsCleared() {
        bothRegister();
        ScsiRequests.isGood(out(a, ReserveOut.RESERVE, 3, A, 0));
        ScsiRequests.isGood(out(b, ReserveOut.CLEAR, 0, B, 0));

        ScsiRequests.fails(a.command("00 00000000 00", 0), "6/2a/03");
        assertThat(in(a, 0)).isEqualTo("00000003" + "00000000");
        ScsiRequests.isGood(b.command(WRITE, 0, BLOCK));
    }

    @Test
    void shouldLetAReservationGoWithItsHolder() {
        bothRegister();
        ScsiRequests.isGood(out(a, ReserveOut.RESERVE, 5, A, 0));
        ScsiRequests.isGood(out(a, ReserveOut.REGISTER, 0, A, 0));

        ScsiRequests.fails(b.command("00 00000000 00", 0), "6/2a/04");
        assertThat(in(b, 1)).endsWith("00000000");
    }

    @ParameterizedTest
    @CsvSource({
        "5f 00 00 00 00 00000017 00, 5/1a/00",
        "5f 00 00 00 00 00000000 00, 5/1a/00",
        "5f 00 00 00 00 ffffffff 00, 5/1a/00"
    })
    void shouldRefuseListsOfAnotherLength(String cdb, String sense) {
        ScsiRequests.fails(a.command(cdb, 0, new byte[24]), sense);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 4, 9, 15, 0x11, 0xff})
    void shouldRefuseTypesThatThereAreNot(int type) {
        bothRegister();
        ScsiRequests.fails(out(a, ReserveOut.RESERVE, type, A, 0), "5/24/00");
    }

    @Test
    void shouldRefuseActionsThatThereAreNot() {
        bothRegister();
        for (int action = 7; action < 32; action++) {
            ScsiRequests.fails(out(a, action, 1, A, 0), "5/24/00");
            ScsiRequests.fails(a.command("5e %02x 00 00 00 00 00 00ff 00".formatted(action), 255), "5/24/00");
        }
        byte[] list = new byte[24];
        list[20] = 1;
        ScsiRequests.fails(a.command("5f 06 00 00 00 00000018 00", 0, list), "5/26/00");
        assertThat(in(a, 0)).startsWith("00000002");
    }

    @Test
    void shouldCarryOutARegistrationOnceWhenTheQueueFailsBeforeItsAnswer() {
        byte[] list = ByteBuffer.allocate(24).putLong(8, A).array();
        byte[] register = ScsiRequests.command(0, 0, 5, "5f 00 00 00 00 00000018 00", list);
        long token = a.requests().driver().submit(register, ScsiRequests.RESPONSE, 1);
        a.loseNextAnswer();
        assertThatThrownBy(() -> a.requests().turn()).hasMessage("the answer is lost");
        a.requests().bench().restart();
        a.settle();

        ScsiRequests.isGood(a.requests().driver().answer(token));
        assertThat(in(a, 0)).isEqualTo("00000001" + "00000008" + "000000000000000a");
    }

    @Test
    void shouldKeepReservationsWhenTheDaemonDies() throws Exception {
        bothRegister();
        ScsiRequests.isGood(out(a, ReserveOut.RESERVE, 3, A, 0));
        UnitState state = a.device().units().all().getFirst().unit().state();

        try (KeptState left = KeptState.open(contextB)) {
            ScsiState found = ScsiState.decode(left.read().orElseThrow());
            assertThat(found.units().getFirst().state()).isEqualTo(state);
        }
        assertThat(ScsiState.decode(a.device().saveState().contents())
                        .units()
                        .getFirst()
                        .state())
                .isEqualTo(state);
    }

    @Test
    void shouldLetTheImageGoWithTheLastGuestAndRememberReservations() throws Exception {
        bothRegister();
        a.close();
        ScsiRequests.isGood(b.command(READ, 512));
        b.close();
        Map<String, Object> alone = Map.of("path", directory.resolve("both.img"));
        ScsiRig.of(loop, new GuestContext(daemon, "guest-c"), Map.of("disk", alone))
                .close();

        a = ScsiRig.of(loop, contextA, Map.of("disk", unit()));
        b = ScsiRig.of(loop, contextB, Map.of("other-name", unit()));
        ScsiRequests.isGood(b.command(READ, 512));
        assertThat(in(b, 0)).endsWith("000000000000000a" + "000000000000000b");
    }

    @Test
    void shouldRefuseToShareAUnitThatIsNotTheSame() {
        Map<String, Object> unit = Map.of("path", directory.resolve("both.img"), "shared", true, "serial", "another");
        assertThatThrownBy(() -> ScsiRig.of(loop, new GuestContext(daemon, "guest-c"), Map.of("disk", unit)))
                .hasMessageContaining("with other settings");
    }

    @Test
    void shouldTellOtherRegisteredGuestsWhenAPreemptionChangesTheType() throws Exception {
        bothRegister();
        ScsiRequests.isGood(out(a, ReserveOut.RESERVE, 5, A, 0));
        ScsiRequests.isGood(out(a, ReserveOut.PREEMPT, 6, A, A));

        ScsiRequests.fails(b.command("00 00000000 00", 0), "6/2a/04");
        ScsiRequests.isGood(out(a, ReserveOut.PREEMPT, 6, A, A));
        ScsiRequests.isGood(b.command("00 00000000 00", 0));
        assertThat(in(a, 1)).endsWith("00060000");
    }

    @Test
    void shouldAnswerTwoGuestsThatPreemptAndAbortEachOther() {
        bothRegister();
        byte[] ofB = ByteBuffer.allocate(24).putLong(A).putLong(B).array();
        byte[] again = ByteBuffer.allocate(24).putLong(0).putLong(B).array();
        byte[] ofA = ByteBuffer.allocate(24).putLong(B).putLong(A).array();
        long first = a.begin(8, "5f 05 01 00 00 00000018 00", 0, ofB);
        b.device().units().all().forEach(Nexus::takeAttention);
        b.begin(8, "5f 06 00 00 00 00000018 00", 0, again);
        long second = b.begin(9, "5f 05 01 00 00 00000018 00", 0, ofA);
        a.settle();
        b.settle();
        a.settle();

        ScsiRequests.isGood(a.requests().driver().answer(first));
        ScsiRequests.isGood(b.requests().driver().answer(second));
    }
}
