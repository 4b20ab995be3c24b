package dev.troupe.transport.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.transport.testing.LeakCheck;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What can be told without an adapter. */
@ExtendWith(LeakCheck.class)
class I2cAdapterTest {

    @Test
    void shouldDescribeMessagesAsTheKernelWantsThem() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocate(5);
            MemorySegment messages = arena.allocate(32, 8);
            I2cAdapter.describe(
                    List.of(
                            new I2cMessage(0x50, false, false, data.asSlice(0, 2)),
                            new I2cMessage(0x250, true, true, data.asSlice(2, 3))),
                    messages);

            assertThat(messages.asSlice(0, 8).toArray(ValueLayout.JAVA_BYTE))
                    .containsExactly(0x50, 0, 0, 0, 2, 0, 0, 0);
            assertThat(messages.get(ValueLayout.JAVA_LONG, 8)).isEqualTo(data.address());
            assertThat(messages.asSlice(16, 8).toArray(ValueLayout.JAVA_BYTE))
                    .containsExactly(0x50, 0x02, 0x11, 0, 3, 0, 0, 0);
            assertThat(messages.get(ValueLayout.JAVA_LONG, 24)).isEqualTo(data.address() + 2);
        }
    }

    @Test
    void shouldSayWhatIsNoAdapter() {
        try (I2cAdapter none = I2cAdapter.open(Path.of("/dev/null"));
                Arena arena = Arena.ofConfined()) {
            assertThatThrownBy(none::functions)
                    .isInstanceOf(SysException.class)
                    .hasMessageContaining("I2C_FUNCS")
                    .hasMessageContaining("ENOTTY");
            MemorySegment data = arena.allocate(1);
            assertThatThrownBy(() -> none.transfer(List.of(new I2cMessage(0x50, false, true, data))))
                    .hasMessageContaining("I2C_RDWR");
            assertThatThrownBy(() -> none.smbus(0x50, false, true, 0, I2cAdapter.SMBUS_QUICK, data))
                    .hasMessageContaining("I2C_TENBIT");
        }
    }

    @Test
    void shouldNameThePathWhenItIsMissing() {
        assertThatThrownBy(() -> I2cAdapter.open(Path.of("/dev/i2c-none"))).hasMessageContaining("/dev/i2c-none");
    }
}
