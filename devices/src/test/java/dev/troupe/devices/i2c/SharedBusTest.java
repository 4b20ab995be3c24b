package dev.troupe.devices.i2c;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SharedBusTest {
    private final ArrayDeque<Runnable> threads = new ArrayDeque<>();
    private final List<String> uses = new ArrayList<>();
    private final SharedBus bus = new SharedBus(new SimulatedBus("test"), threads::add);

    private SharedBus.Turn use(String name) {
        return bus.submit(_ -> uses.add(name));
    }

    private void runAll() {
        while (!threads.isEmpty()) {
            threads.remove().run();
        }
    }

    @Test
    void shouldServeOneAfterTheOtherInTheOrderInWhichTheyCame() {
        use("a");
        use("b");
        use("c");
        assertThat(threads).hasSize(1);
        runAll();

        assertThat(uses).containsExactly("a", "b", "c");
    }

    @Test
    void shouldLetGuestsThatAlwaysWantTheBusTakeTurns() {
        bus.submit(_ -> {
            uses.add("a1");
            use("a2");
        });
        bus.submit(_ -> {
            uses.add("b1");
            use("b2");
        });
        runAll();

        assertThat(uses).containsExactly("a1", "b1", "a2", "b2");
    }

    @Test
    void shouldLeaveOutWhoGaveUp() {
        use("a");
        use("b").cancel();
        use("c");
        runAll();

        assertThat(uses).containsExactly("a", "c");
    }

    @Test
    void shouldGoOnWithTheNextWhenAUseFails() {
        bus.submit(_ -> {
            throw new IllegalStateException("a bug");
        });
        use("b");
        assertThatThrownBy(() -> threads.remove().run()).hasMessage("a bug");
        runAll();

        assertThat(uses).containsExactly("b");
    }
}
