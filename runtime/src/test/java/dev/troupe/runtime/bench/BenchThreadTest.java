package dev.troupe.runtime.bench;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BenchThreadTest {

    private final Pace pace = new Pace(0, 0, 1);

    private BenchThread ended(OptionalInt cpu, Runnable part) throws InterruptedException {
        BenchThread thread = new BenchThread("It", pace, cpu) {
            @Override
            void drive() {
                part.run();
            }
        };
        thread.start();
        pace.start();
        thread.join();
        return thread;
    }

    @Test
    void shouldHaveFailedWhenAnErrorHasEndedIt() throws Exception {
        BenchThread thread = ended(OptionalInt.empty(), () -> {
            throw new InternalError("the memory went away");
        });
        assertThatThrownBy(thread::requireNoFailure)
                .isInstanceOf(BenchException.class)
                .hasMessage("It: the memory went away.");
    }

    @Test
    void shouldLetTheOthersBeginWhenItsProcessorIsNotThere() throws Exception {
        BenchThread thread = ended(OptionalInt.of(1023), () -> {});
        assertThatThrownBy(thread::requireNoFailure).hasMessageContaining("processor 1023");
    }

    @Test
    void shouldNotHaveFailedWhenItIsEnded() throws Exception {
        BenchThread thread = ended(OptionalInt.empty(), () -> {
            pace.abandon();
            throw new IllegalStateException("what it used is gone");
        });
        assertThatCode(thread::requireNoFailure).doesNotThrowAnyException();
    }
}
