package dev.troupe.devices.blk;

import dev.troupe.actors.device.ChangeEffect;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.Option;
import dev.troupe.actors.device.Problem;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * The options of a block device, read.
 *
 * @param name the device's name
 * @param backEnd what keeps the sectors
 * @param path the image or block device of a file back end
 * @param sizeBytes the size wanted, if one is
 * @param readOnly whether sectors cannot be changed
 * @param queues how many virtqueues
 * @param writeBack whether the driver finds a write cache that it has to flush
 * @param direct whether the host's page cache is passed by
 * @param inlineWrites whether the event loop itself writes to the page cache
 * @param blockBytes the logical block, if it is not left to the host
 * @param physicalBlockBytes the physical block, if it is not left to the host
 * @param minimumIoBytes the smallest I/O that the disk likes, if it is not left to the host
 * @param optimalIoBytes the I/O that the disk likes best, if it is not left to the host
 * @param serial what GET_ID answers
 * @param segMax the most data buffers of one request
 * @param discard whether the guest may give space back
 * @param locking when the image is locked against other programs
 * @param sizeCheck how often the size is looked at, zero for never
 */
record BlkSettings(
        String name,
        BackEnd backEnd,
        Optional<Path> path,
        OptionalLong sizeBytes,
        boolean readOnly,
        int queues,
        boolean writeBack,
        boolean direct,
        boolean inlineWrites,
        OptionalInt blockBytes,
        OptionalInt physicalBlockBytes,
        OptionalInt minimumIoBytes,
        OptionalInt optimalIoBytes,
        String serial,
        int segMax,
        boolean discard,
        Locking locking,
        Duration sizeCheck) {

    /** The kinds of back end. */
    enum BackEnd {
        FILE,
        MEMORY,
        NULL
    }

    /** When an image is locked. */
    enum Locking {
        NEVER,
        WHILE_OPEN,
        WHILE_RUNNING
    }

    private static final long MAX_SIZE_BYTES = 1L << 62;
    private static final int MIN_BLOCK_BYTES = 512;
    private static final int MAX_BLOCK_BYTES = 4096;
    private static final int MAX_IO_BYTES = 32 << 20;
    private static final int MAX_QUEUES = 128;
    private static final int MAX_SEGMENTS = 32766;

    static final Option<String> BACK_END = Option.choice("back-end", "file", "memory", "null");
    static final Option<Path> PATH = Option.path("path");
    static final Option<Long> SIZE = Option.bytes("size", MIN_BLOCK_BYTES, MAX_SIZE_BYTES);
    static final Option<Boolean> READ_ONLY = Option.bool("read-only").changing(ChangeEffect.GUEST_VISIBLE);
    static final Option<Long> QUEUES = Option.integer("queues", 1, MAX_QUEUES).changing(ChangeEffect.GUEST_VISIBLE);
    static final Option<String> CACHE = Option.choice("cache", "write-back", "write-through");
    static final Option<Boolean> DIRECT = Option.bool("direct");
    static final Option<Boolean> INLINE_WRITES = Option.bool("inline-writes");
    static final Option<Long> BLOCK_SIZE =
            Option.bytes("block-size", MIN_BLOCK_BYTES, MAX_BLOCK_BYTES).changing(ChangeEffect.GUEST_VISIBLE);
    static final Option<Long> PHYSICAL_BLOCK_SIZE =
            Option.bytes("physical-block-size", MIN_BLOCK_BYTES, MAX_IO_BYTES).changing(ChangeEffect.GUEST_VISIBLE);
    static final Option<Long> MINIMUM_IO_SIZE =
            Option.bytes("minimum-io-size", 0, MAX_IO_BYTES).changing(ChangeEffect.GUEST_VISIBLE);
    static final Option<Long> OPTIMAL_IO_SIZE =
            Option.bytes("optimal-io-size", 0, MAX_IO_BYTES).changing(ChangeEffect.GUEST_VISIBLE);
    static final Option<String> SERIAL = Option.string("serial").changing(ChangeEffect.GUEST_VISIBLE);
    static final Option<Long> SEG_MAX =
            Option.integer("seg-max", 1, MAX_SEGMENTS).changing(ChangeEffect.GUEST_VISIBLE);
    static final Option<Boolean> DISCARD = Option.bool("discard").changing(ChangeEffect.GUEST_VISIBLE);
    static final Option<Boolean> LOCK = Option.bool("lock");
    static final Option<Boolean> LOCK_WHILE_RUNNING = Option.bool("lock-while-running");
    static final Option<Duration> SIZE_CHECK =
            Option.duration("size-check", Duration.ZERO, Duration.ofHours(1)).changing(ChangeEffect.LIVE);

    /** All options, in the order in which they are shown. */
    static List<Option<?>> options() {
        return List.of(
                BACK_END,
                PATH,
                SIZE,
                READ_ONLY,
                QUEUES,
                CACHE,
                DIRECT,
                INLINE_WRITES,
                BLOCK_SIZE,
                PHYSICAL_BLOCK_SIZE,
                MINIMUM_IO_SIZE,
                OPTIMAL_IO_SIZE,
                SERIAL,
                SEG_MAX,
                DISCARD,
                LOCK,
                LOCK_WHILE_RUNNING,
                SIZE_CHECK);
    }

    static BlkSettings of(DeviceSettings settings) {
        return new BlkSettings(
                settings.name(),
                backEnd(settings),
                settings.find(PATH),
                optionalLong(settings, SIZE),
                settings.get(READ_ONLY),
                Math.toIntExact(settings.get(QUEUES)),
                settings.get(CACHE).equals("write-back"),
                settings.get(DIRECT),
                settings.get(INLINE_WRITES),
                optionalInt(settings, BLOCK_SIZE),
                optionalInt(settings, PHYSICAL_BLOCK_SIZE),
                optionalInt(settings, MINIMUM_IO_SIZE),
                optionalInt(settings, OPTIMAL_IO_SIZE),
                settings.find(SERIAL).orElseGet(() -> serialFor(settings.name())),
                Math.toIntExact(settings.get(SEG_MAX)),
                settings.get(DISCARD),
                locking(settings),
                settings.get(SIZE_CHECK));
    }

    /** What single options cannot tell. */
    static List<Problem> check(DeviceSettings settings) {
        List<Problem> problems = new ArrayList<>();
        BackEnd backEnd = backEnd(settings);
        boolean hasPath = settings.find(PATH).isPresent();
        if (backEnd == BackEnd.FILE && !hasPath) {
            problems.add(new Problem(PATH.name(), "A file back end needs the path of an image or block device."));
        }
        if (backEnd != BackEnd.FILE && hasPath) {
            problems.add(
                    new Problem(PATH.name(), "Only a file back end has a path; set back-end = file or leave it out."));
        }
        if (backEnd != BackEnd.FILE && settings.find(SIZE).isEmpty()) {
            problems.add(new Problem(SIZE.name(), "This back end needs a size, such as 1 GiB."));
        }
        if (backEnd != BackEnd.FILE && settings.get(DIRECT)) {
            problems.add(new Problem(DIRECT.name(), "Only a file back end can pass by the page cache."));
        }
        if (settings.get(INLINE_WRITES) && (backEnd != BackEnd.FILE || settings.get(DIRECT))) {
            problems.add(
                    new Problem(INLINE_WRITES.name(), "Only a file back end that uses the page cache can do this."));
        }
        if (settings.get(LOCK_WHILE_RUNNING) && !settings.get(LOCK)) {
            problems.add(new Problem(LOCK_WHILE_RUNNING.name(), "It needs lock = true."));
        }
        checkBlocks(settings, problems);
        if (settings.find(SERIAL).filter(s -> bytes(s).length > BlkWire.ID_SIZE).isPresent()) {
            problems.add(new Problem(SERIAL.name(), "A serial has at most 20 bytes."));
        }
        return problems;
    }

    private static void checkBlocks(DeviceSettings settings, List<Problem> problems) {
        long block = settings.find(BLOCK_SIZE).orElse((long) MIN_BLOCK_BYTES);
        if (Long.bitCount(block) != 1) {
            problems.add(new Problem(BLOCK_SIZE.name(), "A block is 512, 1024, 2048 or 4096 bytes."));
            return;
        }
        long physical = settings.find(PHYSICAL_BLOCK_SIZE).orElse(block);
        if (Long.bitCount(physical) != 1 || physical < block) {
            problems.add(new Problem(
                    PHYSICAL_BLOCK_SIZE.name(), "A physical block is a power of two and at least one logical block."));
        }
        if (settings.find(MINIMUM_IO_SIZE).orElse(0L) % block != 0) {
            problems.add(new Problem(MINIMUM_IO_SIZE.name(), "It must be a multiple of the block size."));
        }
        if (settings.find(OPTIMAL_IO_SIZE).orElse(0L) % block != 0) {
            problems.add(new Problem(OPTIMAL_IO_SIZE.name(), "It must be a multiple of the block size."));
        }
        if (settings.find(SIZE).orElse(0L) % block != 0) {
            problems.add(new Problem(SIZE.name(), "It must be a multiple of the block size."));
        }
    }

    private static BackEnd backEnd(DeviceSettings settings) {
        return switch (settings.get(BACK_END)) {
            case "memory" -> BackEnd.MEMORY;
            case "null" -> BackEnd.NULL;
            default -> BackEnd.FILE;
        };
    }

    private static Locking locking(DeviceSettings settings) {
        if (!settings.get(LOCK)) {
            return Locking.NEVER;
        }
        return settings.get(LOCK_WHILE_RUNNING) ? Locking.WHILE_RUNNING : Locking.WHILE_OPEN;
    }

    private static OptionalInt optionalInt(DeviceSettings settings, Option<Long> option) {
        return settings.find(option)
                .map(v -> OptionalInt.of(Math.toIntExact(v)))
                .orElse(OptionalInt.empty());
    }

    private static OptionalLong optionalLong(DeviceSettings settings, Option<Long> option) {
        return settings.find(option).map(OptionalLong::of).orElse(OptionalLong.empty());
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
