package dev.troupe.actors.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class FailureBudgetTest {

    private final AtomicLong nanos = new AtomicLong(-3_000_000_000L);
    private final FailureBudget budget = new FailureBudget(() -> 2, () -> Duration.ofSeconds(1), nanos::get);

    @Test
    void shouldRefuseTheFirstFailureTooManyWhenAllFallIntoOneWindow() {
        assertThat(budget.spend()).isTrue();
        assertThat(budget.spend()).isTrue();
        assertThat(budget.spend()).isFalse();
        assertThat(budget.spent()).isEqualTo(2);
    }

    @Test
    void shouldForgetAFailureWhenTheWindowHasPassed() {
        budget.spend();
        nanos.addAndGet(600_000_000);
        budget.spend();
        nanos.addAndGet(400_000_001);
        assertThat(budget.spend()).isTrue();
        assertThat(budget.spent()).isEqualTo(2);
        assertThat(budget.spend()).isFalse();
    }

    @Test
    void shouldCountAFailureAsOfTheWindowWhenItIsExactlyAsOld() {
        budget.spend();
        budget.spend();
        nanos.addAndGet(1_000_000_000);
        assertThat(budget.spend()).isFalse();
    }

    @Test
    void shouldStartAnewWhenEverythingIsForgiven() {
        budget.spend();
        budget.spend();
        budget.forgive();
        assertThat(budget.spent()).isZero();
        assertThat(budget.spend()).isTrue();
    }

    @Test
    void shouldRefuseEveryFailureWhenNoneIsAllowed() {
        assertThat(new FailureBudget(() -> 0, () -> Duration.ofSeconds(1)).spend())
                .isFalse();
    }
}
