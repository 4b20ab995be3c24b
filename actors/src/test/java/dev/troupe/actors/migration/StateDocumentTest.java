package dev.troupe.actors.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.actors.device.SavedState;
import dev.troupe.transport.protocol.Bytes;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A document is taken only whole, unchanged and by the right kind of device. */
class StateDocumentTest {

    private static final int BLOCK = 2;
    private static final SavedState STATE = new SavedState(3, Bytes.of((byte) 9, (byte) 8, (byte) 7));

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 100, 1 << 20})
    void shouldComeBackAsItWasWhenItIsWrittenAndRead(int bytes) {
        byte[] body = new byte[bytes];
        new Random(1).nextBytes(body);
        SavedState state = new SavedState(0xffff, Bytes.of(body));
        assertThat(StateDocument.decode(BLOCK, StateDocument.encode(BLOCK, state)))
                .isEqualTo(state);
    }

    @Test
    void shouldKeepItsLayoutWhenItIsWritten() {
        assertThat(StateDocument.encode(BLOCK, STATE))
                .startsWith('T', 'R', 'O', 'U', 'P', 'E', 'D', 'S', 1, 0, 3, 0, 2, 0, 0, 0, 3, 0, 0, 0)
                .endsWith(9, 8, 7)
                .hasSize(27);
    }

    @Test
    void shouldBeRefusedWhenItIsCutOffAnywhere() {
        byte[] whole = StateDocument.encode(BLOCK, STATE);
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> StateDocument.decode(BLOCK, cut)).isInstanceOf(StateException.class);
        }
    }

    @Test
    void shouldBeRefusedWhenAnyBitHasChanged() {
        byte[] whole = StateDocument.encode(BLOCK, STATE);
        for (int bit = 0; bit < whole.length * Byte.SIZE; bit++) {
            byte[] changed = whole.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            assertThatThrownBy(() -> StateDocument.decode(BLOCK, changed)).isInstanceOf(StateException.class);
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 'no state of a device of Troupe'", "8, 'format has version 0'", "12, 'of type 3, not 2'"})
    void shouldSayWhatIsWrongWhenItIsRefused(int offset, String reason) {
        byte[] changed = StateDocument.encode(BLOCK, STATE);
        changed[offset] ^= 1;
        assertThatThrownBy(() -> StateDocument.decode(BLOCK, changed)).hasMessageContaining(reason);
    }

    @Test
    void shouldBeRefusedWhenSomethingFollows() {
        byte[] whole = StateDocument.encode(BLOCK, STATE);
        assertThatThrownBy(() -> StateDocument.decode(BLOCK, Arrays.copyOf(whole, whole.length + 1)))
                .hasMessageContaining("says 3 bytes and has 4");
    }
}
