package dev.troupe.devices.i2c;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.devices.testing.ManualLoop;
import dev.troupe.transport.sys.I2cMessage;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SharedBusTest {
    private static final int TARGET = 0x50;
    private static final int OTHER = 0x51;
    private static final Duration LEASE = Duration.ofMillis(10);

    private final ArrayDeque<Runnable> threads = new ArrayDeque<>();
    private final List<String> uses = new ArrayList<>();
    private final ManualLoop time = new ManualLoop();
    private final SharedBus bus = new SharedBus(new SimulatedBus("test"), threads::add, new SharedBus.Clock() {
        @Override
        public long nanoTime() {
            return time.nowNanos();
        }

        @Override
        public void after(long nanos, Runnable task) {
            time.schedule(nanos, task);
        }
    });
    private final BusUser left = new BusUser(bus, "left", Duration.ZERO);
    private final BusUser right = new BusUser(bus, "right", Duration.ZERO);

    private SharedBus.Turn use(String name) {
        return use(right, TARGET, name);
    }

    private SharedBus.Turn use(BusUser user, int address, String name) {
        return submit(user, address, _ -> uses.add(name));
    }

    private static SharedBus.Turn submit(BusUser user, int address, SharedBus.Use use) {
        return user.submit(List.of(new I2cMessage(address, false, false, MemorySegment.NULL)), use);
    }

    private void runAll() {
        while (!threads.isEmpty()) {
            threads.remove().run();
        }
    }

    private void pass(long milliseconds) {
        time.pass(TimeUnit.MILLISECONDS.toNanos(milliseconds));
        runAll();
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
        submit(left, TARGET, _ -> {
            uses.add("a1");
            use("a2");
        });
        submit(right, TARGET, _ -> {
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
        submit(left, TARGET, _ -> {
            throw new IllegalStateException("a bug");
        });
        use("b");
        assertThatThrownBy(() -> threads.remove().run()).hasMessage("a bug");
        runAll();

        assertThat(uses).containsExactly("b");
    }

    @Test
    void shouldLetOthersWaitForTheEndOfALeaseAndGoOnWithOtherTargets() {
        left.lease(LEASE);
        use(left, TARGET, "left chooses");
        use(right, TARGET, "right chooses");
        use(right, OTHER, "right elsewhere");
        runAll();
        pass(9);
        use(left, TARGET, "left reads");
        runAll();
        pass(9);
        assertThat(uses).containsExactly("left chooses", "right elsewhere", "left reads");

        pass(1);
        assertThat(uses).containsExactly("left chooses", "right elsewhere", "left reads", "right chooses");
    }

    @Test
    void shouldEndALeaseThatIsRenewedAllTheTimeWhenSomebodyHasWaitedTenTimesItsLength() {
        left.lease(LEASE);
        use(left, TARGET, "left");
        runAll();
        use(right, TARGET, "right");
        runAll();
        for (int i = 0; i < 19; i++) {
            pass(5);
            use(left, TARGET, "left");
            runAll();
        }
        assertThat(uses).hasSize(20).containsOnly("left");

        pass(5);
        use(left, TARGET, "left after");
        runAll();
        assertThat(uses.subList(20, 22)).containsExactly("right", "left after");
    }

    @Test
    void shouldGoOnAtOnceWhenWhoHeldTheTargetLeaves() {
        left.lease(LEASE);
        use(left, TARGET, "left");
        use(right, TARGET, "right");
        runAll();
        assertThat(uses).containsExactly("left");

        left.close();
        runAll();
        assertThat(uses).containsExactly("left", "right");
    }

    @Test
    void shouldGiveTheTargetToAnotherWhenAnOperatorEndsTheLease() throws DeviceException {
        bus.grant(left, TARGET, Duration.ofSeconds(60));
        use(right, TARGET, "right");
        runAll();
        pass(59_000);
        assertThat(uses).isEmpty();
        assertThat(bus.describeLeases()).isEqualTo("0x50 is leased to left for another 1 s\n");
        assertThatThrownBy(() -> bus.grant(right, TARGET, LEASE)).hasMessage("0x50 belongs to left.");
        assertThat(bus.release(right, TARGET)).isFalse();

        assertThat(bus.release(left, TARGET)).isTrue();
        runAll();
        assertThat(uses).containsExactly("right");
        assertThat(bus.release(left, TARGET)).isFalse();
        assertThat(bus.describeLeases()).isEmpty();
    }

    @Test
    void shouldKeepALeaseThatAnOperatorGrantedAsLongAsItIsWhenItIsUsed() throws DeviceException {
        left.lease(LEASE);
        bus.grant(left, TARGET, Duration.ofSeconds(1));
        use(left, TARGET, "left");
        use(right, TARGET, "right");
        runAll();
        pass(999);
        assertThat(uses).containsExactly("left");

        pass(1);
        assertThat(uses).containsExactly("left", "right");
    }

    @Test
    void shouldRefuseATargetThatIsAnothersAlone() throws DeviceException {
        BusUser owner = bus.join("owner", Set.of(TARGET), Duration.ZERO);

        assertThat(right.mayUse(TARGET)).isFalse();
        assertThat(right.mayUse(OTHER)).isTrue();
        assertThat(owner.mayUse(TARGET)).isTrue();
        assertThatThrownBy(() -> bus.join("third", Set.of(OTHER, TARGET), Duration.ZERO))
                .isInstanceOf(DeviceException.class)
                .hasMessage("0x50 of simulated bus test belongs to owner.");
        assertThatThrownBy(() -> bus.grant(right, TARGET, LEASE)).hasMessage("0x50 belongs to owner.");
        assertThat(bus.describeLeases()).isEqualTo("0x50 belongs to owner\n");

        owner.close();
        assertThat(right.mayUse(TARGET)).isTrue();
    }
}
