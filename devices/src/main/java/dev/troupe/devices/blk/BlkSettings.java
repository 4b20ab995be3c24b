package dev.troupe.devices.blk;

import dev.troupe.actors.device.ChangeEffect;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.Option;
import dev.troupe.actors.device.Problem;
import dev.troupe.devices.storage.StorageSettings;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The options of a block device, read.
 *
 * @param storage what keeps the sectors
 * @param queues how many virtqueues
 * @param writeBack whether the driver finds a write cache that it has to flush
 * @param serial what GET_ID answers
 * @param segMax the most data buffers of one request
 * @param discard whether the guest may give space back
 */
record BlkSettings(StorageSettings storage, int queues, boolean writeBack, String serial, int segMax, boolean discard) {

    private static final int MAX_QUEUES = 128;
    private static final int MAX_SEGMENTS = 32766;

    static final Option<Long> QUEUES = Option.integer("queues", 1, MAX_QUEUES).changing(ChangeEffect.GUEST_VISIBLE);
    static final Option<String> CACHE = Option.choice("cache", "write-back", "write-through");
    static final Option<String> SERIAL = Option.string("serial").changing(ChangeEffect.GUEST_VISIBLE);
    static final Option<Long> SEG_MAX =
            Option.integer("seg-max", 1, MAX_SEGMENTS).changing(ChangeEffect.GUEST_VISIBLE);
    static final Option<Boolean> DISCARD = Option.bool("discard").changing(ChangeEffect.GUEST_VISIBLE);

    /** All options, in the order in which they are shown. */
    static List<Option<?>> options() {
        return List.of(
                StorageSettings.BACK_END,
                StorageSettings.PATH,
                StorageSettings.SIZE,
                StorageSettings.READ_ONLY,
                QUEUES,
                CACHE,
                StorageSettings.DIRECT,
                StorageSettings.INLINE_WRITES,
                StorageSettings.BLOCK_SIZE,
                StorageSettings.PHYSICAL_BLOCK_SIZE,
                StorageSettings.MINIMUM_IO_SIZE,
                StorageSettings.OPTIMAL_IO_SIZE,
                SERIAL,
                SEG_MAX,
                DISCARD,
                StorageSettings.LOCK,
                StorageSettings.LOCK_WHILE_RUNNING,
                StorageSettings.SIZE_CHECK);
    }

    static BlkSettings of(DeviceSettings settings) {
        return new BlkSettings(
                StorageSettings.of(settings),
                Math.toIntExact(settings.get(QUEUES)),
                settings.get(CACHE).equals("write-back"),
                settings.find(SERIAL).orElseGet(() -> serialFor(settings.name())),
                Math.toIntExact(settings.get(SEG_MAX)),
                settings.get(DISCARD));
    }

    /** What single options cannot tell. */
    static List<Problem> check(DeviceSettings settings) {
        List<Problem> problems = new ArrayList<>(StorageSettings.check(settings));
        if (settings.find(SERIAL).filter(s -> bytes(s).length > BlkWire.ID_SIZE).isPresent()) {
            problems.add(new Problem(SERIAL.name(), "A serial has at most 20 bytes."));
        }
        return problems;
    }

    /** As much of a device's name as fits. */
    private static String serialFor(String name) {
        String serial = name;
        while (bytes(serial).length > BlkWire.ID_SIZE) {
            serial = serial.substring(0, serial.length() - 1);
        }
        return serial;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
