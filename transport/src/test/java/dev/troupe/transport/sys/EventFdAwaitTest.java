package dev.troupe.transport.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventFdAwaitTest {

    private static final int LONG_MS = 10_000;

    private final MemorySegment scratch = Arena.ofAuto().allocate(EventFd.AWAIT_SCRATCH_BYTES, 8);

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldTellHowOftenItWasSignalledAndSetItToZero(boolean nonBlocking) {
        try (Fd fd = EventFd.create(nonBlocking)) {
            EventFd.signal(fd);
            EventFd.signal(fd);
            assertThat(EventFd.await(fd, scratch, LONG_MS)).isEqualTo(2);
            assertThat(EventFd.await(fd, scratch, 0)).isZero();
        }
    }

    @Test
    void shouldWakeWhenAnotherThreadSignals() throws Exception {
        try (Fd fd = EventFd.create()) {
            Thread other = Thread.ofPlatform().start(() -> EventFd.signal(fd));
            assertThat(EventFd.await(fd, scratch, LONG_MS)).isEqualTo(1);
            other.join();
        }
    }

    @Test
    void shouldRefuseMemoryThatTheKernelCannotReach() {
        try (Fd fd = EventFd.create()) {
            MemorySegment heap = MemorySegment.ofArray(new byte[EventFd.AWAIT_SCRATCH_BYTES]);
            assertThatIllegalArgumentException().isThrownBy(() -> EventFd.await(fd, heap, 0));
        }
    }
}
