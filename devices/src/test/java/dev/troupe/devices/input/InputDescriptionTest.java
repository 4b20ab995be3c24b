package dev.troupe.devices.input;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is kept of a device of the host. */
class InputDescriptionTest {
    @Test
    void shouldCutANameAtACharacterSoThatTheSameDeviceIsKnownAgain() {
        String tooLong = "x" + "\u952e".repeat(30);
        String shortened = InputDescription.shortened(tooLong);
        assertThat(shortened).isEqualTo("x" + "\u952e".repeat(20));
        assertThat(shortened.getBytes(StandardCharsets.UTF_8).length)
                .isLessThanOrEqualTo(InputDescription.MAX_TEXT_BYTES);
        assertThat(InputDescription.shortened("keyboard")).isEqualTo("keyboard");

        InputDescription description = BuiltIn.KEYBOARD.describe(shortened, "");
        assertThat(InputDescription.decode(description.encode())).isEqualTo(Optional.of(description));
    }
}
