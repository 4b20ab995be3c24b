package dev.troupe.devices.input;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.transport.sys.Errno;
import dev.troupe.transport.sys.Evdev;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.HostFile;
import dev.troupe.transport.sys.OpenFlag;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Events as the host's kernel writes them, put together to reports; a file has them in place of a device. */
class HostReportsTest {
    private final List<List<Long>> reported = new ArrayList<>();
    private int lost;

    @TempDir
    Path directory = Path.of("");

    private int read(int... typeCodeValue) throws Exception {
        byte[] bytes = new byte[typeCodeValue.length / 3 * Evdev.EVENT_BYTES];
        try (Arena arena = Arena.ofConfined()) {
            var events = arena.allocate(bytes.length);
            for (int i = 0; i < typeCodeValue.length; i += 3) {
                Evdev.put(
                        events,
                        (long) i / 3 * Evdev.EVENT_BYTES,
                        typeCodeValue[i],
                        typeCodeValue[i + 1],
                        typeCodeValue[i + 2]);
            }
            bytes = events.toArray(ValueLayout.JAVA_BYTE);
        }
        Path file = Files.write(directory.resolve("events"), bytes);
        HostReports reports = new HostReports(BuiltIn.KEYBOARD.describe("", ""), new HostReports.Listener() {
            @Override
            public void report(long[] events, int count) {
                reported.add(Arrays.stream(events, 0, count).boxed().toList());
            }

            @Override
            public void lost() {
                lost++;
            }
        });
        try (Fd device = HostFile.open(file, OpenFlag.NON_BLOCK)) {
            int result = reports.read(device);
            while (result == 0) {
                result = reports.read(device);
            }
            return result;
        }
    }

    private static long key(int code, int value) {
        return InputWire.event(EventCodes.EV_KEY, code, value);
    }

    @Test
    void shouldPutEventsTogetherAndLeaveOutRepeatsLightsAndWhatTheDeviceHasNot() throws Exception {
        int end = read(
                EventCodes.EV_MSC,
                4,
                30,
                EventCodes.EV_KEY,
                30,
                1,
                EventCodes.EV_KEY,
                700,
                1,
                0,
                0,
                0,
                EventCodes.EV_KEY,
                30,
                2,
                0,
                0,
                1,
                EventCodes.EV_LED,
                1,
                1,
                0,
                0,
                0,
                EventCodes.EV_KEY,
                30,
                0,
                0,
                0,
                0);

        assertThat(reported)
                .containsExactly(
                        List.of(key(30, 1), EventCodes.REPORT_END), List.of(key(30, 0), EventCodes.REPORT_END));
        assertThat(end).isEqualTo(-Errno.ENODEV);
    }

    @Test
    void shouldThrowAwayWhatIsIncompleteWhenTheKernelLostEvents() throws Exception {
        read(
                EventCodes.EV_KEY,
                30,
                1,
                0,
                EventCodes.SYN_DROPPED,
                0,
                EventCodes.EV_KEY,
                31,
                1,
                0,
                0,
                0,
                EventCodes.EV_KEY,
                32,
                1,
                0,
                0,
                0);

        assertThat(lost).isEqualTo(1);
        assertThat(reported).containsExactly(List.of(key(32, 1), EventCodes.REPORT_END));
    }

    @Test
    void shouldTakeAReportWithoutAnEndForLost() throws Exception {
        int[] many = new int[3 * 2000];
        for (int i = 0; i < many.length; i += 3) {
            many[i] = EventCodes.EV_KEY;
            many[i + 1] = 30;
            many[i + 2] = i / 3 % 2;
        }
        many[many.length - 3] = 0;
        many[many.length - 2] = 0;
        read(many);

        assertThat(lost).isEqualTo(1);
        assertThat(reported).isEmpty();
    }
}
