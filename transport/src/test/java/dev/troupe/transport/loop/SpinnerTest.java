package dev.troupe.transport.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SpinnerTest {
    private static final long FOR_EVER = TimeUnit.HOURS.toNanos(1);

    private final Spinner spinner = new Spinner();

    /** Finds something when it is asked for the n-th time; counts. */
    private static final class Counter implements BusyPoll {
        private final int findsAt;
        private int asked;
        private int sleeps;

        Counter(int findsAt) {
            this.findsAt = findsAt;
        }

        @Override
        public boolean poll() {
            asked++;
            return asked == findsAt;
        }

        @Override
        public void aboutToSleep() {
            sleeps++;
        }
    }

    @Test
    void shouldAskUntilSomethingIsFound() {
        Counter counter = new Counter(1000);
        spinner.set(counter, FOR_EVER);

        assertThat(spinner.spin(() -> false, -1)).isTrue();
        assertThat(counter.asked).isEqualTo(1000);
    }

    @Test
    void shouldAskAPollerWhoseTimeIsOverAsLongAsItAsksAnother() {
        Counter brief = new Counter(2000);
        spinner.set(brief, 1);
        spinner.set(new Counter(0), FOR_EVER);

        assertThat(spinner.spin(() -> false, -1)).isTrue();
        assertThat(brief.asked).isEqualTo(2000);
    }

    @Test
    void shouldStopWhenThereIsWorkElsewhere() {
        Counter counter = new Counter(0);
        spinner.set(counter, FOR_EVER);

        assertThat(spinner.spin(() -> counter.asked == 5, -1)).isTrue();
        assertThat(counter.asked).isEqualTo(5);
    }

    @Test
    void shouldGiveUpAtTheLimit() {
        spinner.set(new Counter(0), FOR_EVER);

        assertThat(spinner.spin(() -> false, 1)).isFalse();
    }

    @Test
    void shouldAskEachOnceAndTellEachOfTheSleep() {
        List<Counter> counters = new ArrayList<>(List.of(new Counter(1), new Counter(0), new Counter(1)));
        counters.forEach(counter -> spinner.set(counter, FOR_EVER));

        spinner.look();
        spinner.aboutToSleep();

        assertThat(counters).allSatisfy(counter -> {
            assertThat(counter.asked).isEqualTo(1);
            assertThat(counter.sleeps).isEqualTo(1);
        });
    }

    @Test
    void shouldLookLessWhenItSleptLongAndAgainWhenItSleptBriefly() {
        Counter counter = new Counter(0);
        long window = TimeUnit.MILLISECONDS.toNanos(1);
        spinner.set(counter, window);
        for (int i = 0; i < 20; i++) {
            spinner.slept(2 * window);
        }
        spinner.spin(() -> false, -1);
        assertThat(counter.asked).as("with no window left").isEqualTo(1);

        spinner.slept(window / 2);
        spinner.spin(() -> false, -1);
        assertThat(counter.asked).as("with a window again").isGreaterThan(2);
    }
}
