package dev.troupe.runtime.parent;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RestartBudgetTest {

    @Test
    void shouldStartAgainAtOnceThenLaterAndLaterAndGiveUpInTheEnd() {
        RestartBudget budget = new RestartBudget(4, 1000, 10, 25);

        assertThat(budget.crashed(0)).hasValue(0);
        assertThat(budget.crashed(1)).hasValue(10);
        assertThat(budget.crashed(2)).hasValue(20);
        assertThat(budget.crashed(3)).hasValue(25);
        assertThat(budget.crashed(4)).isEmpty();
    }

    @Test
    void shouldForgetCrashesThatAreLongAgo() {
        RestartBudget budget = new RestartBudget(1, 1000, 10, 25);

        assertThat(budget.crashed(0)).hasValue(0);
        assertThat(budget.crashed(1001)).hasValue(0);
        assertThat(budget.crashed(1500)).isEmpty();
    }
}
