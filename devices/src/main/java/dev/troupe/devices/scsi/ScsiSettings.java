package dev.troupe.devices.scsi;

import dev.troupe.actors.device.ChangeEffect;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.Option;
import dev.troupe.actors.device.Problem;
import dev.troupe.actors.device.Sections;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The options of a SCSI host, read.
 *
 * @param queues how many request queues
 * @param segMax the most data buffers of one command
 * @param maxSectors the most data of one command, in units of 512 bytes
 * @param units its logical units, by name
 */
record ScsiSettings(int queues, int segMax, int maxSectors, List<LunSettings> units) {
    /** So many units at most has one device. */
    static final int MAX_UNITS = 256;

    private static final int MAX_QUEUES = 126;
    private static final int MAX_SEGMENTS = 32766;

    static final Option<Long> QUEUES = Option.integer("queues", 1, MAX_QUEUES).changing(ChangeEffect.GUEST_VISIBLE);
    static final Option<Long> SEG_MAX =
            Option.integer("seg-max", 1, MAX_SEGMENTS).changing(ChangeEffect.GUEST_VISIBLE);
    static final Option<Long> MAX_SECTORS =
            Option.integer("max-sectors", 8, 1 << 21).changing(ChangeEffect.GUEST_VISIBLE);
    static final Option<Sections> LUNS = Option.sections("luns", LunSettings.options());

    /** All options, in the order in which they are shown. */
    static List<Option<?>> options() {
        return List.of(QUEUES, SEG_MAX, MAX_SECTORS, LUNS);
    }

    static ScsiSettings of(DeviceSettings settings) {
        return new ScsiSettings(
                Math.toIntExact(settings.get(QUEUES)),
                Math.toIntExact(settings.get(SEG_MAX)),
                Math.toIntExact(settings.get(MAX_SECTORS)),
                luns(settings).byName().values().stream()
                        .map(lun -> LunSettings.of(settings.name(), lun))
                        .toList());
    }

    private static Sections luns(DeviceSettings settings) {
        return settings.find(LUNS).orElse(Sections.NONE);
    }

    /** What single options cannot tell. */
    static List<Problem> check(DeviceSettings settings) {
        List<Problem> problems = new ArrayList<>();
        Map<Integer, String> byAddress = new HashMap<>();
        luns(settings).byName().forEach((name, lun) -> {
            String key = LUNS.name() + "." + name + ".";
            LunSettings.check(lun)
                    .forEach(problem -> problems.add(new Problem(key + problem.option(), problem.message())));
            String other =
                    byAddress.putIfAbsent(LunSettings.of(settings.name(), lun).address(), name);
            if (other != null) {
                problems.add(new Problem(
                        key + LunSettings.LUN.name(), "The unit " + other + " has the same target and LUN."));
            }
        });
        if (byAddress.size() > MAX_UNITS) {
            problems.add(new Problem(LUNS.name(), "A device has at most " + MAX_UNITS + " units."));
        }
        return problems;
    }
}
