package dev.troupe.devices.input;

import dev.troupe.actors.device.ChangeEffect;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.Option;
import dev.troupe.actors.device.Problem;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The options of an input device, read.
 *
 * @param builtIn which built-in device; none for a device of the host
 * @param path the device of the host, by its file
 * @param hostName the device of the host, by its name
 * @param grab whether the guest alone gets its events
 * @param name what the guest finds as its name
 * @param serial what the guest finds as its serial number
 * @param layout what the guest's keyboard writes
 * @param pace the time between the strokes of typed text
 */
record InputSettings(
        Optional<BuiltIn> builtIn,
        Optional<Path> path,
        Optional<String> hostName,
        boolean grab,
        Optional<String> name,
        String serial,
        KeyboardLayout layout,
        Duration pace) {

    static final String EVDEV = "evdev";

    static final Option<String> SOURCE = Option.choice("source", "keyboard", "mouse", "tablet", "multitouch", EVDEV)
            .changing(ChangeEffect.GUEST_VISIBLE);
    static final Option<Path> PATH = Option.path("path");
    static final Option<String> HOST_NAME = Option.string("host-name");
    static final Option<Boolean> GRAB = Option.bool("grab").changing(ChangeEffect.LIVE);
    static final Option<String> NAME = Option.string("name").changing(ChangeEffect.GUEST_VISIBLE);
    static final Option<String> SERIAL = Option.string("serial").changing(ChangeEffect.GUEST_VISIBLE);
    static final Option<String> LAYOUT =
            Option.choice("layout", KeyboardLayout.NAMES.toArray(String[]::new)).changing(ChangeEffect.LIVE);
    static final Option<Duration> PACE =
            Option.duration("pace", Duration.ZERO, Duration.ofSeconds(10)).changing(ChangeEffect.LIVE);

    /** All options, in the order in which they are shown. */
    static List<Option<?>> options() {
        return List.of(SOURCE, PATH, HOST_NAME, GRAB, NAME, SERIAL, LAYOUT, PACE);
    }

    static InputSettings of(DeviceSettings settings) {
        return new InputSettings(
                builtIn(settings),
                settings.find(PATH),
                settings.find(HOST_NAME),
                settings.get(GRAB),
                settings.find(NAME),
                settings.find(SERIAL).orElse(settings.name()),
                KeyboardLayout.of(settings.get(LAYOUT)),
                settings.get(PACE));
    }

    /** Whoever names a device of the host means that one. */
    private static Optional<BuiltIn> builtIn(DeviceSettings settings) {
        boolean names =
                settings.find(PATH).isPresent() || settings.find(HOST_NAME).isPresent();
        String source = settings.find(SOURCE).orElse(names ? EVDEV : "keyboard");
        return source.equals(EVDEV) ? Optional.empty() : Optional.of(BuiltIn.valueOf(source.toUpperCase(Locale.ROOT)));
    }

    /** What single options cannot tell. */
    static List<Problem> check(DeviceSettings settings) {
        List<Problem> problems = new ArrayList<>();
        boolean evdev = builtIn(settings).isEmpty();
        boolean hasPath = settings.find(PATH).isPresent();
        boolean hasName = settings.find(HOST_NAME).isPresent();
        if (evdev && hasPath == hasName) {
            problems.add(new Problem(
                    PATH.name(),
                    "A device of the host needs either a path, such as /dev/input/by-id/…-event-kbd, or a host-name."));
        }
        if (!evdev && (hasPath || hasName)) {
            problems.add(new Problem(
                    (hasPath ? PATH : HOST_NAME).name(),
                    "Only a device of the host has it; set source = evdev or leave it out."));
        }
        checkText(settings, NAME, problems);
        checkText(settings, SERIAL, problems);
        return problems;
    }

    private static void checkText(DeviceSettings settings, Option<String> option, List<Problem> problems) {
        int bytes = settings.find(option).orElse("").getBytes(StandardCharsets.UTF_8).length;
        if (bytes > InputDescription.MAX_TEXT_BYTES) {
            problems.add(new Problem(option.name(), "It has at most " + InputDescription.MAX_TEXT_BYTES + " bytes."));
        }
    }
}
