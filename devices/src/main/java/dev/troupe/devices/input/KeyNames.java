package dev.troupe.devices.input;

import dev.troupe.actors.device.DeviceException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** Names of keys for operators: Linux's names without their prefix, in small letters, and the usual short ones. */
final class KeyNames {
    private static final String FROM_1 =
            "esc 1 2 3 4 5 6 7 8 9 0 minus equal backspace tab q w e r t y u i o p leftbrace"
                    + " rightbrace enter leftctrl a s d f g h j k l semicolon apostrophe grave leftshift backslash z x c v b n m"
                    + " comma dot slash rightshift kpasterisk leftalt space capslock f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 numlock"
                    + " scrolllock kp7 kp8 kp9 kpminus kp4 kp5 kp6 kpplus kp1 kp2 kp3 kp0 kpdot code84 zenkakuhankaku 102nd f11"
                    + " f12 ro katakana hiragana henkan katakanahiragana muhenkan kpjpcomma kpenter rightctrl kpslash sysrq"
                    + " rightalt linefeed home up pageup left right end down pagedown insert delete macro mute volumedown volumeup"
                    + " power kpequal kpplusminus pause scale kpcomma hangeul hanja yen leftmeta rightmeta compose";

    /** A key by its number, such as {@code code183}. */
    private static final String CODE = "code";

    private static final Map<String, Integer> CODES = new HashMap<>();

    static {
        String[] names = FROM_1.split(" ", -1);
        for (int i = 0; i < names.length; i++) {
            CODES.put(names[i], i + 1);
        }
        Map.of(
                        "ctrl",
                        "leftctrl",
                        "shift",
                        "leftshift",
                        "alt",
                        "leftalt",
                        "altgr",
                        "rightalt",
                        "meta",
                        "leftmeta",
                        "super",
                        "leftmeta",
                        "win",
                        "leftmeta",
                        "escape",
                        "esc",
                        "return",
                        "enter",
                        "print",
                        "sysrq")
                .forEach(KeyNames::alias);
        Map.of("del", "delete", "ins", "insert", "pgup", "pageup", "pgdn", "pagedown", "menu", "compose")
                .forEach(KeyNames::alias);
        CODES.putAll(Map.of(
                "sleep",
                142,
                "wakeup",
                143,
                "nextsong",
                163,
                "playpause",
                164,
                "previoussong",
                165,
                "stopcd",
                166,
                "brightnessdown",
                224,
                "brightnessup",
                225,
                "micmute",
                EventCodes.KEY_MICMUTE));
        CODES.putAll(Map.of(
                "btn_left",
                EventCodes.BTN_LEFT,
                "btn_right",
                EventCodes.BTN_RIGHT,
                "btn_middle",
                EventCodes.BTN_MIDDLE,
                "btn_side",
                EventCodes.BTN_SIDE,
                "btn_extra",
                EventCodes.BTN_EXTRA));
    }

    private KeyNames() {}

    private static void alias(String name, String of) {
        CODES.put(name, CODES.getOrDefault(of, 0));
    }

    /** The number of the key with this name. */
    static int code(String name) throws DeviceException {
        String wanted = name.toLowerCase(Locale.ROOT);
        Integer code = CODES.get(wanted);
        if (code != null) {
            return code;
        }
        try {
            if (wanted.startsWith(CODE)) {
                return Integer.parseInt(wanted.substring(CODE.length()));
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw new DeviceException("No key is called '" + name + "'; keys have Linux's names, such as a, enter, leftctrl"
                + " or f5, or a number, such as code183.");
    }

    /** The name of a key; its number where it has none. */
    static String name(int code) {
        return CODES.entrySet().stream()
                .filter(entry -> entry.getValue() == code)
                .map(Map.Entry::getKey)
                .max(Comparator.comparingInt(String::length))
                .orElse(CODE + code);
    }
}
