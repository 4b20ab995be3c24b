package dev.troupe.devices.input;

import dev.troupe.actors.device.DeviceException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which keys write a character, on the keyboard that the guest believes to have. The rows are those of the main block, from
 * left to right; a blank is a key that writes nothing here.
 */
final class KeyboardLayout {
    /** The names of all of them. */
    static final List<String> NAMES = List.of("us", "uk", "de");

    private final String name;
    private final Map<Character, List<Stroke>> strokes = new HashMap<>();

    /** A key pressed together with others. */
    record Stroke(int key, boolean shift, boolean altGr) {}

    private KeyboardLayout(String name, List<String> plain, List<String> shifted, List<String> altGr, String dead) {
        this.name = name;
        add(altGr, false, true);
        add(shifted, true, false);
        add(plain, false, false);
        strokes.put(' ', List.of(Keys.alone(Keys.SPACE)));
        strokes.put('\n', List.of(Keys.alone(Keys.ENTER)));
        strokes.put('\t', List.of(Keys.alone(Keys.TAB)));
        strokes.put('\b', List.of(Keys.alone(Keys.BACKSPACE)));
        strokes.put('\u001b', List.of(Keys.alone(Keys.ESC)));
        // A dead key waits for a letter to put its accent on; followed by a blank it writes itself.
        for (int i = 0; i < dead.length(); i++) {
            strokes.computeIfPresent(dead.charAt(i), (_, alone) -> List.of(alone.getFirst(), Keys.alone(Keys.SPACE)));
        }
    }

    /** The layout of one of {@link #NAMES}. */
    static KeyboardLayout of(String name) {
        return switch (name) {
            case "uk" ->
                new KeyboardLayout(
                        name,
                        rows("`1234567890-=", "qwertyuiop[]#", "asdfghjkl;'", "\\zxcvbnm,./"),
                        rows("¬!\"£$%^&*()_+", "QWERTYUIOP{}~", "ASDFGHJKL:@", "|ZXCVBNM<>?"),
                        rows("¦   €", "", "", ""),
                        "");
            case "de" ->
                new KeyboardLayout(
                        name,
                        rows("^1234567890ß´", "qwertzuiopü+#", "asdfghjklöä", "<yxcvbnm,.-"),
                        rows("°!\"§$%&/()=?`", "QWERTZUIOPÜ*'", "ASDFGHJKLÖÄ", ">YXCVBNM;:_"),
                        rows("  ²³   {[]}\\", "@ €        ~", "", "|      µ"),
                        "^´`");
            default ->
                new KeyboardLayout(
                        name,
                        rows("`1234567890-=", "qwertyuiop[]\\", "asdfghjkl;'", " zxcvbnm,./"),
                        rows("~!@#$%^&*()_+", "QWERTYUIOP{}|", "ASDFGHJKL:\"", " ZXCVBNM<>?"),
                        rows("", "", "", ""),
                        "");
        };
    }

    private static List<String> rows(String... rows) {
        return List.of(rows);
    }

    private void add(List<String> rows, boolean shift, boolean altGr) {
        for (int row = 0; row < rows.size(); row++) {
            String characters = rows.get(row);
            for (int i = 0; i < characters.length(); i++) {
                if (characters.charAt(i) != ' ') {
                    strokes.put(characters.charAt(i), List.of(new Stroke(Keys.ROWS[row][i], shift, altGr)));
                }
            }
        }
    }

    /** What writes a character. */
    List<Stroke> strokes(char character) throws DeviceException {
        List<Stroke> found = strokes.get(character);
        if (found == null) {
            throw new DeviceException("The keyboard layout " + name + " has no key for '" + character + "'.");
        }
        return found;
    }

    /** Numbers of keys; the rows as they lie on a keyboard. */
    private static final class Keys {
        static final int ESC = 1;
        static final int BACKSPACE = 14;
        static final int TAB = 15;
        static final int ENTER = 28;
        static final int SPACE = 57;
        static final int[][] ROWS = {
            {41, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13},
            {16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 43},
            {30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40},
            {86, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53}
        };

        static Stroke alone(int key) {
            return new Stroke(key, false, false);
        }
    }
}
