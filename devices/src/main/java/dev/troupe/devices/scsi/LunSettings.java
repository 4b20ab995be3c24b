package dev.troupe.devices.scsi;

import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.Option;
import dev.troupe.actors.device.Problem;
import dev.troupe.devices.storage.StorageSettings;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * The options of one logical unit, read.
 *
 * @param name its name, unique in its device
 * @param address a {@link LunAddress}
 * @param storage what keeps its sectors; without a path an optical drive is empty
 * @param cdRom whether it is an optical drive
 * @param removable whether its medium can be taken out
 * @param writeBack whether it has a write cache until an initiator decides otherwise
 * @param vendor the vendor identification
 * @param product the product identification
 * @param revision the product revision level
 * @param serial the unit serial number
 * @param discard whether the guest may give space back
 * @param shared whether several guests use it together
 */
record LunSettings(
        String name,
        int address,
        StorageSettings storage,
        boolean cdRom,
        boolean removable,
        boolean writeBack,
        String vendor,
        String product,
        String revision,
        String serial,
        boolean discard,
        boolean shared) {

    private static final int MAX_SERIAL_BYTES = 64;
    private static final int CD_ROM_BLOCK_BYTES = 2048;
    private static final String CD_ROM = "cd-rom";

    static final Option<Long> TARGET = Option.integer("target", 0, LunAddress.MAX_TARGET);
    static final Option<Long> LUN = Option.integer("lun", 0, LunAddress.MAX_LUN);
    static final Option<String> MEDIUM = Option.choice("medium", "disk", CD_ROM);
    static final Option<Boolean> REMOVABLE = Option.bool("removable");
    static final Option<String> CACHE = Option.choice("cache", "write-back", "write-through");
    static final Option<String> VENDOR = Option.string("vendor");
    static final Option<String> PRODUCT = Option.string("product");
    static final Option<String> REVISION = Option.string("revision");
    static final Option<String> SERIAL = Option.string("serial");
    static final Option<Boolean> DISCARD = Option.bool("discard");
    static final Option<Boolean> SHARED = Option.bool("shared");

    private static final Option<?>[] OPTIONS = {
        TARGET,
        LUN,
        MEDIUM,
        REMOVABLE,
        StorageSettings.BACK_END,
        StorageSettings.PATH,
        StorageSettings.SIZE,
        StorageSettings.READ_ONLY,
        CACHE,
        StorageSettings.DIRECT,
        StorageSettings.INLINE_WRITES,
        StorageSettings.BLOCK_SIZE,
        StorageSettings.PHYSICAL_BLOCK_SIZE,
        StorageSettings.MINIMUM_IO_SIZE,
        StorageSettings.OPTIMAL_IO_SIZE,
        VENDOR,
        PRODUCT,
        REVISION,
        SERIAL,
        DISCARD,
        SHARED,
        StorageSettings.LOCK,
        StorageSettings.LOCK_WHILE_RUNNING,
        StorageSettings.SIZE_CHECK
    };

    /** The defaults of {@code reference.conf}, for units that an operator adds while the device runs. */
    private static final Map<String, Object> DEFAULTS = Map.ofEntries(
            Map.entry(TARGET.name(), 0L),
            Map.entry(LUN.name(), 0L),
            Map.entry(MEDIUM.name(), "disk"),
            Map.entry(REMOVABLE.name(), false),
            Map.entry(StorageSettings.BACK_END.name(), "file"),
            Map.entry(StorageSettings.READ_ONLY.name(), false),
            Map.entry(CACHE.name(), "write-back"),
            Map.entry(StorageSettings.DIRECT.name(), false),
            Map.entry(StorageSettings.INLINE_WRITES.name(), false),
            Map.entry(VENDOR.name(), "TROUPE"),
            Map.entry(REVISION.name(), "1"),
            Map.entry(DISCARD.name(), true),
            Map.entry(SHARED.name(), false),
            Map.entry(StorageSettings.LOCK.name(), true),
            Map.entry(StorageSettings.LOCK_WHILE_RUNNING.name(), false),
            Map.entry(StorageSettings.SIZE_CHECK.name(), Duration.ofSeconds(1)));

    /** All options, in the order in which they are shown. */
    static Option<?>[] options() {
        return OPTIONS.clone();
    }

    /** The values of options that are not given. */
    static Map<String, Object> defaults() {
        return DEFAULTS;
    }

    /**
     * Reads the options of a unit.
     *
     * @param device the device that has it
     */
    static LunSettings of(String device, DeviceSettings given) {
        boolean cdRom = given.get(MEDIUM).equals(CD_ROM);
        return new LunSettings(
                given.name(),
                LunAddress.of(Math.toIntExact(given.get(TARGET)), Math.toIntExact(given.get(LUN))),
                cdRom ? disc(given) : StorageSettings.of(given),
                cdRom,
                cdRom || given.get(REMOVABLE),
                given.get(CACHE).equals("write-back"),
                given.get(VENDOR),
                given.find(PRODUCT).orElse(cdRom ? "CD-ROM" : "DISK"),
                given.get(REVISION),
                given.find(SERIAL).orElse(device + "-" + given.name()),
                !cdRom && given.get(DISCARD),
                given.get(SHARED));
    }

    /** A disc cannot be written, and its blocks have one size. */
    private static StorageSettings disc(DeviceSettings given) {
        Map<String, Object> values = new HashMap<>(given.values());
        values.put(StorageSettings.READ_ONLY.name(), true);
        StorageSettings read = StorageSettings.of(new DeviceSettings(given.name(), given.type(), values));
        return new StorageSettings(
                read.backEnd(),
                read.path(),
                read.sizeBytes(),
                true,
                read.direct(),
                false,
                OptionalInt.of(CD_ROM_BLOCK_BYTES),
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                read.locking(),
                read.sizeCheck());
    }

    /** Whether it is the same unit, perhaps under another name and at another place. */
    boolean isSameUnit(LunSettings other) {
        return equals(new LunSettings(
                name,
                address,
                other.storage,
                other.cdRom,
                other.removable,
                other.writeBack,
                other.vendor,
                other.product,
                other.revision,
                other.serial,
                other.discard,
                other.shared));
    }

    /** What single options cannot tell. */
    static List<Problem> check(DeviceSettings given) {
        List<Problem> problems = new ArrayList<>();
        boolean cdRom = given.get(MEDIUM).equals(CD_ROM);
        for (Problem problem : StorageSettings.check(given)) {
            boolean empty = cdRom && problem.option().equals(StorageSettings.PATH.name());
            if (!empty) {
                problems.add(problem);
            }
        }
        text(given, VENDOR, 8, problems);
        text(given, PRODUCT, 16, problems);
        text(given, REVISION, 4, problems);
        text(given, SERIAL, MAX_SERIAL_BYTES, problems);
        if (given.get(SHARED)) {
            if (given.find(SERIAL).isEmpty()) {
                problems.add(new Problem(SERIAL.name(), "A shared unit needs one, the same for every guest."));
            }
            if (cdRom || !given.get(StorageSettings.BACK_END).equals("file")) {
                problems.add(new Problem(SHARED.name(), "Only a disk in a file can be shared."));
            }
        }
        return problems;
    }

    private static void text(DeviceSettings given, Option<String> option, int most, List<Problem> problems) {
        given.find(option)
                .filter(text -> text.length() > most
                        || !StandardCharsets.US_ASCII.newEncoder().canEncode(text))
                .ifPresent(
                        _ -> problems.add(new Problem(option.name(), "It has at most " + most + " ASCII characters.")));
    }
}
