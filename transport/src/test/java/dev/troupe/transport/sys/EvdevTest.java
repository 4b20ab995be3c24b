package dev.troupe.transport.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** What of input devices can be tried without one. */
class EvdevTest {

    @Test
    void shouldReadTheEventsThatWereWritten() {
        StreamFd.Pipe pipe = StreamFd.pipe();
        try (Fd reading = pipe.reading();
                Fd writing = pipe.writing();
                Arena arena = Arena.ofConfined()) {
            MemorySegment events = arena.allocate(4L * Evdev.EVENT_BYTES, Long.BYTES);
            assertThat(Evdev.write(writing, 0x11, 1, -7)).isZero();

            assertThat(Evdev.read(reading, events)).isEqualTo(Evdev.EVENT_BYTES);
            assertThat(Evdev.type(events, 0)).isEqualTo(0x11);
            assertThat(Evdev.code(events, 0)).isEqualTo(1);
            assertThat(Evdev.value(events, 0)).isEqualTo(-7);
        }
    }

    @Test
    void shouldTellThatSomethingIsNoInputDevice() {
        StreamFd.Pipe pipe = StreamFd.pipe();
        try (Fd reading = pipe.reading();
                Fd writing = pipe.writing()) {
            assertThatThrownBy(() -> Evdev.name(reading))
                    .isInstanceOfSatisfying(
                            SysException.class, e -> assertThat(e.errno()).isEqualTo(25));
            assertThatThrownBy(() -> Evdev.grab(writing, true)).isInstanceOf(SysException.class);
            assertThatThrownBy(() -> Evdev.slots(writing, 0x39, 4)).isInstanceOf(SysException.class);
        }
    }
}
