package dev.troupe.devices.scsi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.devices.testing.ManualLoop;
import dev.troupe.devices.testing.RequestWriter.Answer;
import dev.troupe.devices.testing.TestDeviceContext;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakCheck.class)
class TaskManagementTest {
    private static final String READ = "28 00 00000000 00 0001 00";

    @TempDir
    Path directory = Path.of("");

    private final ManualLoop loop = new ManualLoop();
    private final TestDeviceContext context = new TestDeviceContext(loop);
    private ScsiRig rig;

    @BeforeEach
    void open() throws Exception {
        rig = ScsiRig.of(
                loop,
                context,
                Map.of(
                        "a",
                        Map.of("path", directory.resolve("a.img"), "size", 1L << 20),
                        "b",
                        Map.of("path", directory.resolve("b.img"), "size", 1L << 20, "target", 3L)));
    }

    @AfterEach
    void close() {
        rig.close();
        context.close();
    }

    private Answer answer(long token) {
        rig.settle();
        return rig.requests().driver().answer(token);
    }

    @Test
    void shouldAnswerAnAbortWhenTheTaskHasEndedAndSayThatItWasAborted() {
        long aborted = rig.begin(7, READ, 512);
        long other = rig.begin(8, READ, 512);
        long abort = rig.manage(ScsiWire.TMF_ABORT_TASK, 0, 0, 7);
        assertThat(rig.isManaged(abort)).isFalse();
        rig.settle();

        assertThat(rig.managed(abort)).isEqualTo(ScsiWire.VIRTIO_SCSI_S_OK);
        assertThat(ScsiRequests.response(answer(aborted))).isEqualTo(ScsiWire.VIRTIO_SCSI_S_ABORTED);
        assertThat(ScsiRequests.residual(answer(aborted))).isEqualTo(512);
        ScsiRequests.isGood(answer(other));
    }

    @ParameterizedTest
    @CsvSource({"1, 2", "3, 2", "5, 4", "4, 4"})
    void shouldEndAllTasksOfAUnit(int function, int response) {
        long first = rig.begin(7, READ, 512);
        long second = rig.begin(8, READ, 512);
        long done = rig.manage(function, 0, 0, 0);
        rig.settle();

        assertThat(rig.managed(done)).isEqualTo(ScsiWire.VIRTIO_SCSI_S_OK);
        assertThat(ScsiRequests.response(answer(first))).isEqualTo(response);
        assertThat(ScsiRequests.response(answer(second))).isEqualTo(response);
    }

    @Test
    void shouldLeaveOtherUnitsAlone() {
        long task = rig.begin(7, READ, 512);
        assertThat(rig.manageAndWait(ScsiWire.TMF_LOGICAL_UNIT_RESET, 3, 0, 0)).isZero();

        ScsiRequests.isGood(answer(task));
        ScsiRequests.isGood(rig.command("00 00000000 00", 0));
        ScsiRequests.fails(rig.command(3, 0, "00 00000000 00", 0), "6/29/03");
        ScsiRequests.isGood(rig.command(3, 0, "00 00000000 00", 0));
    }

    @Test
    void shouldTellEveryUnitOfATargetThatTheNexusWasLost() {
        assertThat(rig.manageAndWait(ScsiWire.TMF_I_T_NEXUS_RESET, 3, 99, 0)).isZero();

        ScsiRequests.fails(rig.command(3, 0, "00 00000000 00", 0), "6/29/07");
    }

    @Test
    void shouldSayWhetherThereIsATask() {
        rig.begin(7, READ, 512);
        long here = rig.manage(ScsiWire.TMF_QUERY_TASK, 0, 0, 7);
        long elsewhere = rig.manage(ScsiWire.TMF_QUERY_TASK, 3, 0, 7);
        long unknown = rig.manage(ScsiWire.TMF_QUERY_TASK, 0, 0, 9);
        long any = rig.manage(ScsiWire.TMF_QUERY_TASK_SET, 0, 0, 9);
        rig.settle();

        assertThat(rig.managed(here)).isEqualTo(ScsiWire.VIRTIO_SCSI_S_FUNCTION_SUCCEEDED);
        assertThat(rig.managed(elsewhere)).isEqualTo(ScsiWire.VIRTIO_SCSI_S_OK);
        assertThat(rig.managed(unknown)).isEqualTo(ScsiWire.VIRTIO_SCSI_S_OK);
        assertThat(rig.managed(any)).isEqualTo(ScsiWire.VIRTIO_SCSI_S_FUNCTION_SUCCEEDED);
        assertThat(rig.manageAndWait(ScsiWire.TMF_QUERY_TASK_SET, 0, 0, 0)).isEqualTo(ScsiWire.VIRTIO_SCSI_S_OK);
    }

    @Test
    void shouldAnswerAnAbortWhenTheQueueOfTheTaskFailsMeanwhile() {
        long task = rig.begin(7, READ, 512);
        long abort = rig.manage(ScsiWire.TMF_ABORT_TASK, 0, 0, 7);
        rig.requests().bench().restart();
        rig.settle();

        assertThat(rig.managed(abort)).isEqualTo(ScsiWire.VIRTIO_SCSI_S_OK);
        ScsiRequests.isGood(answer(task));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 8, -1, Integer.MAX_VALUE})
    void shouldRejectFunctionsThatThereAreNot(int function) {
        assertThat(rig.manageAndWait(function, 0, 0, 0)).isEqualTo(ScsiWire.VIRTIO_SCSI_S_FUNCTION_REJECTED);
    }

    @Test
    void shouldSayWhereThereIsNothingToManage() {
        assertThat(rig.manageAndWait(ScsiWire.TMF_ABORT_TASK, 0, 1, 0)).isEqualTo(ScsiWire.VIRTIO_SCSI_S_INCORRECT_LUN);
        assertThat(rig.manageAndWait(ScsiWire.TMF_ABORT_TASK, 1, 0, 0)).isEqualTo(ScsiWire.VIRTIO_SCSI_S_BAD_TARGET);
        byte[] nowhere = new byte[24];
        assertThat(rig.control(nowhere, 1).bytes()).containsExactly(ScsiWire.VIRTIO_SCSI_S_BAD_TARGET);
    }

    @Test
    void shouldHaveNoAsynchronousNotifications() {
        byte[] subscribe = new byte[16];
        subscribe[0] = ScsiWire.VIRTIO_SCSI_T_AN_SUBSCRIBE;
        System.arraycopy(ScsiRequests.address(0, 0), 0, subscribe, 4, 8);
        subscribe[12] = 2;

        assertThat(rig.control(subscribe, 5).bytes()).containsExactly(0, 0, 0, 0, ScsiWire.VIRTIO_SCSI_S_OK);
        assertThat(rig.control(subscribe, 4).bytes()[0]).isEqualTo((byte) ScsiWire.VIRTIO_SCSI_S_FAILURE);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 4, 23})
    void shouldAnswerFailureWhenARequestIsTooShort(int bytes) {
        assertThat(rig.control(new byte[bytes], 1).bytes()).containsExactly(ScsiWire.VIRTIO_SCSI_S_FAILURE);
    }

    @Test
    void shouldAnswerFailureWhenTheTypeIsUnknown() {
        byte[] request = new byte[24];
        request[0] = 9;
        assertThat(rig.control(request, 1).bytes()).containsExactly(ScsiWire.VIRTIO_SCSI_S_FAILURE);
        assertThat(rig.control(request, 0).usedLengthBytes()).isZero();
    }
}
