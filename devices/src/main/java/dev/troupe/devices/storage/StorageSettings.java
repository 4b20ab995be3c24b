package dev.troupe.devices.storage;

import dev.troupe.actors.device.ChangeEffect;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.Option;
import dev.troupe.actors.device.Problem;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * The options of what keeps a disk's sectors, read. They mean the same wherever a disk has them.
 *
 * @param backEnd what keeps the sectors
 * @param path the image or block device of a file back end
 * @param sizeBytes the size wanted, if one is
 * @param readOnly whether sectors cannot be changed
 * @param direct whether the host's page cache is passed by
 * @param inlineWrites whether the event loop itself writes to the page cache
 * @param blockBytes the logical block, if it is not left to the host
 * @param physicalBlockBytes the physical block, if it is not left to the host
 * @param minimumIoBytes the smallest I/O that the disk likes, if it is not left to the host
 * @param optimalIoBytes the I/O that the disk likes best, if it is not left to the host
 * @param locking when the image is locked against other programs
 * @param sizeCheck how often the size is looked at, zero for never
 */
public record StorageSettings(
        BackEnd backEnd,
        Optional<Path> path,
        OptionalLong sizeBytes,
        boolean readOnly,
        boolean direct,
        boolean inlineWrites,
        OptionalInt blockBytes,
        OptionalInt physicalBlockBytes,
        OptionalInt minimumIoBytes,
        OptionalInt optimalIoBytes,
        Locking locking,
        Duration sizeCheck) {

    /** The kinds of back end. */
    public enum BackEnd {
        /** An image file or a block device. */
        FILE,
        /** A memory file. */
        MEMORY,
        /** Keeps nothing. */
        NULL
    }

    /** When an image is locked. */
    public enum Locking {
        /** Not at all. */
        NEVER,
        /** As long as it is open. */
        WHILE_OPEN,
        /** From the first queue that works with it to the last. */
        WHILE_RUNNING
    }

    private static final long MAX_SIZE_BYTES = 1L << 62;
    private static final int MIN_BLOCK_BYTES = 512;
    private static final int MAX_BLOCK_BYTES = 4096;
    private static final int MAX_IO_BYTES = 32 << 20;

    /** What keeps the sectors. */
    public static final Option<String> BACK_END = Option.choice("back-end", "file", "memory", "null");

    /** The image or block device. */
    public static final Option<Path> PATH = Option.path("path");

    /** The size wanted. */
    public static final Option<Long> SIZE = Option.bytes("size", MIN_BLOCK_BYTES, MAX_SIZE_BYTES);

    /** Whether sectors cannot be changed. */
    public static final Option<Boolean> READ_ONLY = Option.bool("read-only").changing(ChangeEffect.GUEST_VISIBLE);

    /** Whether the host's page cache is passed by. */
    public static final Option<Boolean> DIRECT = Option.bool("direct");

    /** Whether the event loop itself writes. */
    public static final Option<Boolean> INLINE_WRITES = Option.bool("inline-writes");

    /** The logical block. */
    public static final Option<Long> BLOCK_SIZE =
            Option.bytes("block-size", MIN_BLOCK_BYTES, MAX_BLOCK_BYTES).changing(ChangeEffect.GUEST_VISIBLE);

    /** The physical block. */
    public static final Option<Long> PHYSICAL_BLOCK_SIZE =
            Option.bytes("physical-block-size", MIN_BLOCK_BYTES, MAX_IO_BYTES).changing(ChangeEffect.GUEST_VISIBLE);

    /** The smallest I/O that the disk likes. */
    public static final Option<Long> MINIMUM_IO_SIZE =
            Option.bytes("minimum-io-size", 0, MAX_IO_BYTES).changing(ChangeEffect.GUEST_VISIBLE);

    /** The I/O that the disk likes best. */
    public static final Option<Long> OPTIMAL_IO_SIZE =
            Option.bytes("optimal-io-size", 0, MAX_IO_BYTES).changing(ChangeEffect.GUEST_VISIBLE);

    /** Whether the image is locked. */
    public static final Option<Boolean> LOCK = Option.bool("lock");

    /** Whether it is locked only while queues work with it. */
    public static final Option<Boolean> LOCK_WHILE_RUNNING = Option.bool("lock-while-running");

    /** How often the size is looked at. */
    public static final Option<Duration> SIZE_CHECK =
            Option.duration("size-check", Duration.ZERO, Duration.ofHours(1)).changing(ChangeEffect.LIVE);

    /** Reads them. */
    public static StorageSettings of(DeviceSettings settings) {
        return new StorageSettings(
                backEnd(settings),
                settings.find(PATH),
                optionalLong(settings, SIZE),
                settings.get(READ_ONLY),
                settings.get(DIRECT),
                settings.get(INLINE_WRITES),
                optionalInt(settings, BLOCK_SIZE),
                optionalInt(settings, PHYSICAL_BLOCK_SIZE),
                optionalInt(settings, MINIMUM_IO_SIZE),
                optionalInt(settings, OPTIMAL_IO_SIZE),
                locking(settings),
                settings.get(SIZE_CHECK));
    }

    /** The same settings, for another image. */
    public StorageSettings at(Path image) {
        return new StorageSettings(
                backEnd,
                Optional.of(image),
                sizeBytes,
                readOnly,
                direct,
                inlineWrites,
                blockBytes,
                physicalBlockBytes,
                minimumIoBytes,
                optimalIoBytes,
                locking,
                sizeCheck);
    }

    /** What single options cannot tell. */
    public static List<Problem> check(DeviceSettings settings) {
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
}
