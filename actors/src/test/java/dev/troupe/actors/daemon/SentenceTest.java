package dev.troupe.actors.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SentenceTest {

    @Test
    void shouldBeginAnotherSentenceWhenTheFirstHasEnded() {
        assertThat(Sentence.followedBy("disk0: There is no such file.", "it is tried again in 5 ms"))
                .isEqualTo("disk0: There is no such file. It is tried again in 5 ms");
    }

    @Test
    void shouldGoOnInTheSameSentenceWhenItHasNotEnded() {
        assertThat(Sentence.followedBy("disk0: no such file", "it is tried again in 5 ms"))
                .isEqualTo("disk0: no such file; it is tried again in 5 ms");
    }
}
