package dev.troupe.transport.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.transport.testing.LeakCheck;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What can be told without a chip. */
@ExtendWith(LeakCheck.class)
class GpioChipTest {

    @Test
    void shouldAskForALineAsTheKernelWantsIt() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment request = arena.allocate(592, 8);
            GpioChip.describe(request, 7, "a consumer whose name is longer than 32");

            assertThat(request.get(ValueLayout.JAVA_INT, 0)).isEqualTo(7);
            assertThat(request.getString(256)).isEqualTo("a consumer whose name is longer");
            assertThat(request.get(ValueLayout.JAVA_INT, 560)).isEqualTo(1);
            assertThat(request.asSlice(288, 272).toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
        }
    }

    @Test
    void shouldDescribeAnOutputAsTheKernelWantsIt() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment config = arena.allocate(272, 8);
            GpioLine.describeOutput(config, true);

            assertThat(config.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(8);
            assertThat(config.get(ValueLayout.JAVA_INT, 8)).isEqualTo(1);
            assertThat(config.get(ValueLayout.JAVA_INT, 32)).isEqualTo(2);
            assertThat(config.get(ValueLayout.JAVA_LONG, 40)).isEqualTo(1);
            assertThat(config.get(ValueLayout.JAVA_LONG, 48)).isEqualTo(1);
        }
    }

    @Test
    void shouldSayWhatIsNoChip() {
        try (GpioChip none = GpioChip.open(Path.of("/dev/null"))) {
            assertThatThrownBy(none::info)
                    .isInstanceOf(SysException.class)
                    .hasMessageContaining("GPIO_GET_CHIPINFO")
                    .hasMessageContaining("ENOTTY");
            assertThatThrownBy(() -> none.lineInfo(0)).hasMessageContaining("GPIO_V2_GET_LINEINFO");
            assertThatThrownBy(() -> none.request(0, "test")).hasMessageContaining("GPIO_V2_GET_LINE");
        }
    }

    @Test
    void shouldSayWhatIsNoLine() {
        try (GpioLine none = GpioLine.over(EventFd.create())) {
            assertThatThrownBy(() -> none.input(true)).hasMessageContaining("GPIO_V2_LINE_SET_CONFIG");
            assertThatThrownBy(() -> none.output(true)).hasMessageContaining("GPIO_V2_LINE_SET_CONFIG");
            assertThatThrownBy(none::get).hasMessageContaining("GPIO_V2_LINE_GET_VALUES");
            assertThatThrownBy(() -> none.set(true)).hasMessageContaining("GPIO_V2_LINE_SET_VALUES");
            assertThat(none.nextEdge()).isEqualTo(GpioLine.Edge.NONE);
        }
    }

    @Test
    void shouldNameThePathWhenItIsMissing() {
        assertThatThrownBy(() -> GpioChip.open(Path.of("/dev/gpiochip-none"))).hasMessageContaining("gpiochip-none");
    }
}
