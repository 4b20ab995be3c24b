package dev.troupe.devices.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.devices.input.KeyboardLayout.Stroke;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which keys write what. */
class KeyboardLayoutTest {

    @ParameterizedTest
    @ValueSource(strings = {"us", "uk", "de"})
    void shouldWriteEveryPrintableCharacterOfAscii(String layout) throws Exception {
        for (char character = ' '; character < 0x7f; character++) {
            assertThat(KeyboardLayout.of(layout).strokes(character))
                    .as("%c", character)
                    .isNotEmpty();
        }
    }

    @Test
    void shouldPressWhatTheLayoutHasThere() throws Exception {
        assertThat(KeyboardLayout.of("us").strokes('Z')).containsExactly(new Stroke(44, true, false));
        assertThat(KeyboardLayout.of("de").strokes('Z')).containsExactly(new Stroke(21, true, false));
        assertThat(KeyboardLayout.of("uk").strokes('@')).containsExactly(new Stroke(40, true, false));
        assertThat(KeyboardLayout.of("de").strokes('\\')).containsExactly(new Stroke(12, false, true));
        assertThat(KeyboardLayout.of("de").strokes('|')).containsExactly(new Stroke(86, false, true));
        assertThat(KeyboardLayout.of("de").strokes('µ')).containsExactly(new Stroke(50, false, true));
    }

    @Test
    void shouldFollowADeadKeyByABlank() throws Exception {
        assertThat(KeyboardLayout.of("de").strokes('^'))
                .containsExactly(new Stroke(41, false, false), new Stroke(57, false, false));
    }

    @Test
    void shouldRefuseWhatHasNoKey() {
        assertThatThrownBy(() -> KeyboardLayout.of("us").strokes('ß')).isInstanceOf(DeviceException.class);
    }
}
