package dev.troupe.runtime.bench;

import dev.troupe.actors.device.Quantities;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of a run as they were written; {@link #plan} reads them. Set by picocli. */
final class BenchOptions {

    private static final int MAX_DEPTH = 1024;
    private static final int MAX_QUEUES = 64;
    private static final int SECTOR_BYTES = 512;
    private static final long MAX_BLOCK_BYTES = 16 << 20;

    /** The two ring layouts. */
    enum Layout {
        /** The split virtqueue. */
        SPLIT,
        /** The packed virtqueue. */
        PACKED;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** On or off. */
    enum Switch {
        /** Yes. */
        ON,
        /** No. */
        OFF;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(
            names = "--depth",
            paramLabel = "N",
            description = "Requests under way on each queue. Default: 32; 1 for i2c and gpio.")
    private @Nullable Integer depth;

    @Option(
            names = "--queues",
            paramLabel = "N",
            defaultValue = "1",
            description = "Queues, each driven by a thread of its own. Default: ${DEFAULT-VALUE}.")
    private int queues = 1;

    @Option(
            names = "--block-size",
            paramLabel = "SIZE",
            defaultValue = "4 KiB",
            description = "Data of each request. Default: ${DEFAULT-VALUE}.")
    private String blockSize = "4 KiB";

    @Option(
            names = "--mix",
            paramLabel = "MIX",
            defaultValue = "randread",
            description = {
                "read, write, rw:70 (so many %% reads), or with random places randread, randwrite, randrw:70.",
                "Writes overwrite what is on the device. Default: ${DEFAULT-VALUE}."
            })
    private String mix = "randread";

    @Option(
            names = "--layout",
            paramLabel = "LAYOUT",
            defaultValue = "split",
            description = "The rings' layout, one of ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private Layout layout = Layout.SPLIT;

    @Option(
            names = "--event-idx",
            paramLabel = "on|off",
            description = "VIRTIO_F_EVENT_IDX. Default: on if the back end offers it.")
    private @Nullable Switch eventIdx;

    @Option(
            names = "--indirect",
            paramLabel = "on|off",
            description = "VIRTIO_F_INDIRECT_DESC. Default: on if the back end offers it.")
    private @Nullable Switch indirect;

    @Option(
            names = "--duration",
            paramLabel = "TIME",
            defaultValue = "5 s",
            description = "How long to measure. Default: ${DEFAULT-VALUE}.")
    private String duration = "5 s";

    @Option(
            names = "--warm-up",
            paramLabel = "TIME",
            defaultValue = "1 s",
            description = "How long to drive before measuring. Default: ${DEFAULT-VALUE}.")
    private String warmUp = "1 s";

    @Option(
            names = "--cpu",
            paramLabel = "N",
            split = ",",
            description = "Processors for the queues' threads, in turn. Default: the kernel's choice.")
    private List<Integer> cpus = List.of();

    @Option(
            names = "--busy-poll",
            description = "Look for returned requests all the time in place of sleeping until the back end calls.")
    private boolean busyPoll;

    @Option(
            names = "--size",
            paramLabel = "SIZE",
            defaultValue = "0",
            description = "How much of a disk to use, from its start. Default: all of it.")
    private String size = "0";

    @Option(
            names = "--verify",
            description = {
                "Write recognisable data and check it whenever it is read.",
                "After the run everything that was written is read once more."
            })
    private boolean verify;

    @Option(
            names = "--patience",
            paramLabel = "TIME",
            defaultValue = "10 s",
            description = "How long the back end may return nothing before the run ends. Default: ${DEFAULT-VALUE}.")
    private String patience = "10 s";

    /**
     * Reads the options.
     *
     * @param socket where the back end listens
     * @param aim what of the device is driven
     * @throws IllegalArgumentException if something is wrong with them, with a sentence that says what
     */
    BenchPlan plan(Path socket, Aim aim) {
        Integer wanted = depth;
        require(wanted == null || (wanted >= 1 && wanted <= MAX_DEPTH), "--depth is from 1 to " + MAX_DEPTH + ".");
        require(queues >= 1 && queues <= MAX_QUEUES, "--queues is from 1 to " + MAX_QUEUES + ".");
        require(cpus.stream().allMatch(cpu -> cpu >= 0), "--cpu takes numbers of processors, from 0.");
        long blockBytes = named("--block-size", () -> Quantities.parseBytes(blockSize));
        require(
                blockBytes >= SECTOR_BYTES && blockBytes <= MAX_BLOCK_BYTES && blockBytes % SECTOR_BYTES == 0,
                "--block-size is a multiple of 512 bytes, up to 16 MiB.");
        BenchPlan plan = new BenchPlan(
                socket,
                aim,
                wanted == null ? 0 : wanted,
                queues,
                (int) blockBytes,
                named("--mix", () -> Mix.parse(mix)),
                new RingWishes(layout == Layout.PACKED, on(eventIdx), on(indirect)),
                named("--duration", () -> Quantities.parseDuration(duration)),
                named("--warm-up", () -> Quantities.parseDuration(warmUp)),
                cpus,
                busyPoll,
                named("--size", () -> Quantities.parseBytes(size)),
                verify,
                named("--patience", () -> Quantities.parseDuration(patience)));
        require(plan.duration().isPositive(), "--duration must be more than 0.");
        require(!plan.warmUp().isNegative(), "--warm-up must not be negative.");
        require(plan.rangeBytes() >= 0, "--size must not be negative.");
        require(!verify || plan.mix().writes(), "--verify needs a --mix with writes, such as randrw:50.");
        return plan;
    }

    private static Optional<Boolean> on(@Nullable Switch value) {
        return value == null ? Optional.empty() : Optional.of(value == Switch.ON);
    }

    static void require(boolean right, String message) {
        if (!right) {
            throw new IllegalArgumentException(message);
        }
    }

    private static <T> T named(String option, java.util.function.Supplier<T> value) {
        try {
            return value.get();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(option + ": " + e.getMessage(), e);
        }
    }
}
