package dev.troupe.actors.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.transport.memory.MemoryAccessException;
import dev.troupe.transport.memory.MemoryLostException;
import dev.troupe.transport.ring.RingException;
import dev.troupe.transport.sys.SysException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FailureTest {

    @Test
    void shouldBlameTheGuestWhenTheRingIsBroken() {
        assertThat(Failure.of(new RingException(0, -1, "jumped"))).isEqualTo(Failure.BROKEN_RING);
        assertThat(Failure.of(new MemoryAccessException(0, 1, "hole"))).isEqualTo(Failure.BROKEN_RING);
    }

    @Test
    void shouldBlameTheFrontEndWhenMemoryIsLost() {
        InternalError error = new InternalError("a fault occurred in an unsafe memory access operation");
        assertThat(Failure.of(error)).isEqualTo(Failure.LOST_MEMORY);
        assertThatThrownBy(() -> MemoryLostException.rethrow(error))
                .satisfies(lost -> assertThat(Failure.of(lost)).isEqualTo(Failure.LOST_MEMORY));
    }

    static Stream<Throwable> bugs() {
        return Stream.of(
                new NullPointerException(),
                new IllegalStateException("closed"),
                new SysException("read", "fd 3", 5),
                new StackOverflowError(),
                new AssertionError());
    }

    @ParameterizedTest
    @MethodSource("bugs")
    void shouldTakeItForABugWhenItIsAnythingElse(Throwable cause) {
        assertThat(Failure.of(cause)).isEqualTo(Failure.BUG);
    }
}
