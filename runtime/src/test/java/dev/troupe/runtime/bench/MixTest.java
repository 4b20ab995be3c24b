package dev.troupe.runtime.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MixTest {

    @ParameterizedTest
    @CsvSource({
        "read,false,100",
        "randread,true,100",
        "write,false,0",
        "randwrite,true,0",
        "randrw:70,true,70",
        "rw:1,false,1"
    })
    void shouldReadAndWriteAMixAlike(String text, boolean random, int readPercent) {
        assertThat(Mix.parse(text)).isEqualTo(new Mix(random, readPercent)).hasToString(text);
    }

    @Test
    void shouldHalveWhenNoShareIsNamed() {
        assertThat(Mix.parse("randrw")).isEqualTo(new Mix(true, 50));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "rand", "reads", "rw:", "rw:101", "randread:50", "rw:-1"})
    void shouldRefuseWhatIsNoMix(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Mix.parse(text));
    }
}
