package dev.troupe.devices.i2c;

import dev.troupe.actors.device.ChangeEffect;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.Option;
import dev.troupe.actors.device.Problem;
import dev.troupe.actors.device.Sections;
import dev.troupe.devices.i2c.model.I2cModelType;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The options of an I2C adapter device, read.
 *
 * @param simulated whether the bus is simulated, not the host's
 * @param bus the host's adapter, or the name of a simulated bus
 * @param allowed the addresses that the guest may use
 * @param exclusive the addresses of targets that no other device of the daemon may use
 * @param lease how long a target stays the guest's after each transfer; zero for not at all
 * @param timeout how long a transfer may take, waiting for the bus included
 * @param targets the simulated targets that the device brings along
 */
record I2cSettings(
        boolean simulated,
        String bus,
        AllowedAddresses allowed,
        Set<Integer> exclusive,
        Duration lease,
        Duration timeout,
        Sections targets) {

    private static final long MAX_MEMORY_BYTES = 1 << 20;

    static final Option<String> BACK_END = Option.choice("back-end", "host", "simulated");
    static final Option<String> BUS = Option.string("bus");
    static final Option<List<String>> ADDRESSES = Option.strings("addresses").changing(ChangeEffect.LIVE);
    static final Option<List<String>> EXCLUSIVE = Option.strings("exclusive");
    static final Option<Duration> LEASE =
            Option.duration("lease", Duration.ZERO, Duration.ofSeconds(10)).changing(ChangeEffect.LIVE);
    static final Option<Duration> TIMEOUT = Option.duration("timeout", Duration.ofMillis(10), Duration.ofMinutes(1))
            .changing(ChangeEffect.LIVE);

    static final Option<String> MODEL = Option.string("model").asRequired();
    static final Option<String> ADDRESS = Option.string("address").asRequired();
    static final Option<Long> SIZE = Option.bytes("size", 1, MAX_MEMORY_BYTES);
    static final Option<Path> FILE = Option.path("file");
    static final Option<List<String>> TARGET_OPTIONS = Option.strings("options");
    static final Option<Sections> DEVICES = Option.sections("devices", MODEL, ADDRESS, SIZE, FILE, TARGET_OPTIONS);

    /** All options, in the order in which they are shown. */
    static List<Option<?>> options() {
        return List.of(BACK_END, BUS, ADDRESSES, EXCLUSIVE, LEASE, TIMEOUT, DEVICES);
    }

    static I2cSettings of(DeviceSettings settings) {
        return new I2cSettings(
                isSimulated(settings),
                settings.find(BUS).orElse(settings.name()),
                settings.find(ADDRESSES).map(AllowedAddresses::of).orElseGet(AllowedAddresses::all),
                AllowedAddresses.listed(settings.get(EXCLUSIVE)),
                settings.get(LEASE),
                settings.get(TIMEOUT),
                settings.find(DEVICES).orElse(Sections.NONE));
    }

    private static boolean isSimulated(DeviceSettings settings) {
        return settings.get(BACK_END).equals("simulated");
    }

    /** What single options cannot tell. */
    static List<Problem> check(DeviceSettings settings) {
        List<Problem> problems = new ArrayList<>();
        Map<String, DeviceSettings> targets =
                settings.find(DEVICES).orElse(Sections.NONE).byName();
        if (!isSimulated(settings) && settings.find(BUS).isEmpty()) {
            problems.add(new Problem(BUS.name(), "Name an adapter of the host: its number, its path or its name."));
        }
        if (!isSimulated(settings) && !targets.isEmpty()) {
            problems.add(new Problem(DEVICES.name(), "Only a simulated bus has these; set back-end = simulated."));
        }
        checkAddresses(ADDRESSES, settings.find(ADDRESSES).orElse(List.of()), problems);
        checkAddresses(EXCLUSIVE, settings.get(EXCLUSIVE), problems);
        I2cSettings i2c = of(settings);
        String strange = i2c.exclusive().stream()
                .filter(address -> !i2c.allowed().allows(address))
                .map(TargetAddress::format)
                .collect(Collectors.joining(", "));
        if (!strange.isEmpty()) {
            problems.add(new Problem(
                    EXCLUSIVE.name(), "Not among the guest's addresses (" + i2c.allowed() + "): " + strange + "."));
        }
        targets.values().forEach(target -> checkTarget(target, problems));
        return problems;
    }

    private static void checkAddresses(Option<?> option, List<String> texts, List<Problem> problems) {
        for (String text : texts) {
            if (!AllowedAddresses.isValid(text)) {
                problems.add(new Problem(
                        option.name(), "'" + text + "' is no address; write one like 0x50, 0x50-0x57 or 10bit:0x250."));
            }
        }
    }

    private static void checkTarget(DeviceSettings target, List<Problem> problems) {
        String where = DEVICES.name() + "." + target.name() + ".";
        if (TargetAddress.parse(target.get(ADDRESS)).isEmpty()) {
            problems.add(
                    new Problem(where + ADDRESS.name(), "This is no address; write one like 0x50 or 10bit:0x250."));
        }
        if (OwnTargets.type(target.get(MODEL)).isEmpty()) {
            problems.add(new Problem(
                    where + MODEL.name(),
                    "There is no such model; there are "
                            + OwnTargets.types().stream()
                                    .map(I2cModelType::name)
                                    .collect(Collectors.joining(", "))
                            + "."));
        }
    }
}
