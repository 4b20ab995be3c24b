package dev.troupe.devices.vsock;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CreditTest {
    private static final int WINDOW = 1000;

    private final Credit credit = new Credit(WINDOW);

    @Test
    void shouldHaveSpaceForWhatTheGuestHasRoomForLessWhatIsUnderWay() {
        credit.told(500, 0);
        credit.send(200);
        assertThat(credit.space()).isEqualTo(300);
        credit.told(500, 150);
        assertThat(credit.space()).isEqualTo(450);
    }

    @Test
    void shouldHaveNoSpaceWhenTheGuestTakesRoomBack() {
        credit.told(500, 0);
        credit.send(200);
        assertThat(credit.told(100, 0)).isTrue();
        assertThat(credit.space()).isZero();
    }

    @Test
    void shouldCountOnWhenTheCountersOverflow() {
        credit.told(1 << 30, 0);
        int sent = 0;
        for (int i = 0; i < 9; i++) {
            credit.send(1 << 29);
            sent += 1 << 29;
            assertThat(credit.told(1 << 30, sent)).isTrue();
        }
        credit.send(7);
        assertThat(credit.space()).isEqualTo((1 << 30) - 7);
    }

    @Test
    void shouldRefuseWhenTheGuestSaysItPassedOnWhatItWasNotSent() {
        credit.told(500, 0);
        credit.send(200);
        assertThat(credit.told(500, 201)).isFalse();
    }

    @Test
    void shouldBelieveNoMoreThanAGigabyteWhenTheGuestClaimsMoreRoom() {
        assertThat(credit.told(-1, 0)).isTrue();
        assertThat(credit.space()).isEqualTo(1 << 30);
    }

    @Test
    void shouldRefuseWhenTheGuestSendsMoreThanItHasRoomFor() {
        assertThat(credit.receive(WINDOW)).isTrue();
        assertThat(credit.receive(1)).isFalse();
        credit.forward(1);
        assertThat(credit.receive(1)).isTrue();
    }

    @Test
    void shouldRefuseWhenTheNumberOfBytesIsNegativeAsASignedOne() {
        assertThat(credit.receive(Integer.MIN_VALUE)).isFalse();
        assertThat(credit.receive(WINDOW)).isTrue();
    }

    @Test
    void shouldFindAnUpdateDueWhenHalfTheRoomIsFreeAgainAndTheGuestDoesNotKnow() {
        VsockHeader header = new VsockHeader();
        credit.receive(WINDOW);
        credit.forward(WINDOW / 2 - 1);
        assertThat(credit.updateDue()).isFalse();
        credit.forward(1);
        assertThat(credit.updateDue()).isTrue();
        credit.put(header);
        assertThat(credit.updateDue()).isFalse();
        assertThat(header.bufAlloc).isEqualTo(WINDOW);
        assertThat(header.fwdCnt).isEqualTo(WINDOW / 2);
    }
}
