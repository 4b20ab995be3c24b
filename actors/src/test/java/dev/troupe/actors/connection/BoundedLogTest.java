package dev.troupe.actors.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BoundedLogTest {

    private final List<String> written = new ArrayList<>();
    private final List<Runnable> scheduled = new ArrayList<>();
    private final List<Long> delays = new ArrayList<>();
    private long now;
    private final BoundedLog log = new BoundedLog("disk0", written::add, () -> now, (delay, task) -> {
        delays.add(delay);
        scheduled.add(task);
        return () -> {};
    });

    private void say(int times) {
        IntStream.range(0, times).forEach(i -> log.say("line " + i));
    }

    @Test
    void shouldWriteEveryLineWhenThereAreFew() {
        say(BoundedLog.IN_FULL);
        assertThat(written).hasSize(BoundedLog.IN_FULL).contains("line 0", "line 9");
        assertThat(scheduled).isEmpty();
    }

    @Test
    void shouldWriteOneLineForAllOthersWhenThereAreMany() {
        say(1244);
        assertThat(written).hasSize(BoundedLog.IN_FULL);
        assertThat(scheduled).hasSize(1);
        scheduled.getFirst().run();
        assertThat(written.subList(BoundedLog.IN_FULL, written.size()))
                .containsExactly("disk0: … and 1234 more like these in the last 10 s; the last: line 1243");
    }

    @Test
    void shouldWriteLinesInFullAgainWhenTheWindowIsOver() {
        say(BoundedLog.IN_FULL);
        now += BoundedLog.WINDOW_NANOS;
        say(BoundedLog.IN_FULL);
        assertThat(written).hasSize(2 * BoundedLog.IN_FULL);
        assertThat(scheduled).isEmpty();
    }

    @Test
    void shouldCloseTheWindowWhenItBeganAndNotLater() {
        say(BoundedLog.IN_FULL);
        now += 3_000_000_000L;
        say(5);
        assertThat(delays).containsExactly(BoundedLog.WINDOW_NANOS - 3_000_000_000L);
        scheduled.getFirst().run();
        say(1);
        assertThat(written).hasSize(BoundedLog.IN_FULL + 2).endsWith("line 0");
    }
}
