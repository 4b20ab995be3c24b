package dev.troupe.config;

import dev.troupe.actors.daemon.CommonOptions;
import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.Endpoint;
import dev.troupe.actors.device.ChangeEffect;
import dev.troupe.actors.device.Option;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What it takes to get from one configuration of a daemon to another.
 *
 * @param node the daemon's own options that changed; each takes a restart of the program
 * @param added the devices to add
 * @param removed the devices to remove
 * @param changed the devices that stay but change
 */
public record ConfigDifference(
        List<NodeChange> node, List<DeviceSpec> added, List<DeviceSpec> removed, List<DeviceChange> changed) {

    private static final String NONE = "none";

    /** Copies the lists. */
    public ConfigDifference {
        node = List.copyOf(node);
        added = List.copyOf(added);
        removed = List.copyOf(removed);
        changed = List.copyOf(changed);
    }

    /**
     * A changed option of the daemon itself.
     *
     * @param option the option's name
     * @param before its value as written
     * @param after its new value as written
     */
    public record NodeChange(String option, String before, String after) {}

    /**
     * A changed option of a device.
     *
     * @param option the option's name
     * @param before its value as written; absent if it had none
     * @param after its new value as written; absent if it has none any more
     * @param effect what the change takes
     */
    public record OptionChange(String option, Optional<String> before, Optional<String> after, ChangeEffect effect) {}

    /**
     * A device that stays but changes.
     *
     * @param before what was wanted of it
     * @param after what is wanted of it now
     * @param options the options that changed, at least one
     */
    public record DeviceChange(DeviceSpec before, DeviceSpec after, List<OptionChange> options) {

        /** Copies the list. */
        public DeviceChange {
            options = List.copyOf(options);
        }

        /** What the changes take together: the most that any of them takes. */
        public ChangeEffect effect() {
            return options.stream()
                    .map(OptionChange::effect)
                    .max(Comparator.naturalOrder())
                    .orElse(ChangeEffect.LIVE);
        }
    }

    /** Compares what runs with what is wanted. */
    public static ConfigDifference between(NodeConfig running, NodeConfig wanted) {
        Map<String, DeviceSpec> before = byName(running);
        Map<String, DeviceSpec> after = byName(wanted);
        List<DeviceChange> changed = new ArrayList<>();
        before.forEach((name, old) -> {
            DeviceSpec now = after.get(name);
            List<OptionChange> options = now == null ? List.of() : optionChanges(old, now);
            if (now != null && !options.isEmpty()) {
                changed.add(new DeviceChange(old, now, options));
            }
        });
        return new ConfigDifference(
                nodeChanges(running, wanted),
                after.values().stream()
                        .filter(spec -> !before.containsKey(spec.name()))
                        .toList(),
                before.values().stream()
                        .filter(spec -> !after.containsKey(spec.name()))
                        .toList(),
                changed);
    }

    /** Whether both configurations are the same. */
    public boolean isEmpty() {
        return node.isEmpty() && added.isEmpty() && removed.isEmpty() && changed.isEmpty();
    }

    /** The difference as a table for an operator: device, what changes, how. */
    public String render() {
        if (isEmpty()) {
            return "Nothing changes.";
        }
        List<List<String>> rows = new ArrayList<>(List.of(List.of("DEVICE", "CHANGE", "HOW")));
        node.forEach(change -> rows.add(List.of(
                "-",
                change.option() + ": " + change.before() + " -> " + change.after(),
                "not now: takes a restart of the program")));
        removed.forEach(spec ->
                rows.add(List.of(spec.name(), "removed (" + spec.factory().type() + ")", "its socket closes")));
        added.forEach(
                spec -> rows.add(List.of(spec.name(), "added (" + spec.factory().type() + ")", "its socket opens")));
        changed.forEach(change -> change.options()
                .forEach(option -> rows.add(List.of(
                        change.after().name(),
                        option.option() + ": " + option.before().orElse(NONE) + " -> "
                                + option.after().orElse(NONE),
                        word(option.effect())))));
        int first = width(rows, 0);
        int second = width(rows, 1);
        return rows.stream()
                .map(row -> pad(row.get(0), first) + "  " + pad(row.get(1), second) + "  " + row.get(2))
                .collect(Collectors.joining("\n"));
    }

    private static int width(List<List<String>> rows, int column) {
        return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
    }

    private static String pad(String text, int width) {
        return text + " ".repeat(width - text.length());
    }

    private static String word(ChangeEffect effect) {
        return switch (effect) {
            case LIVE -> "live";
            case RESTART -> "device restart behind the open socket";
            case GUEST_VISIBLE -> "the guest sees it: no front end may be connected";
        };
    }

    private static Map<String, DeviceSpec> byName(NodeConfig config) {
        return config.devices().stream()
                .collect(Collectors.toMap(DeviceSpec::name, spec -> spec, (first, second) -> second, TreeMap::new));
    }

    private static List<NodeChange> nodeChanges(NodeConfig running, NodeConfig wanted) {
        List<NodeChange> changes = new ArrayList<>();
        addChange(changes, NodeOptions.EVENT_LOOPS, running.eventLoops(), wanted.eventLoops());
        addChange(
                changes,
                NodeOptions.EVENT_LOOP_BACKEND,
                running.backend().word(),
                wanted.backend().word());
        addChange(changes, NodeOptions.BLOCKING_THREADS, running.blockingThreads(), wanted.blockingThreads());
        addChange(changes, NodeOptions.SOCKET_DIRECTORY, running.socketDirectory(), wanted.socketDirectory());
        addChange(changes, NodeOptions.CONTROL_SOCKET, running.controlSocket(), wanted.controlSocket());
        addRuntimeChanges(changes, ActorRuntimeReader.BLOCK, running.actorRuntime(), wanted.actorRuntime());
        return changes;
    }

    private static void addRuntimeChanges(List<NodeChange> changes, String at, Map<?, ?> before, Map<?, ?> after) {
        Set<Object> keys = new TreeSet<>(before.keySet());
        keys.addAll(after.keySet());
        for (Object key : keys) {
            @Nullable Object old = before.get(key);
            @Nullable Object now = after.get(key);
            String path = at + "." + key;
            if (old instanceof Map<?, ?> || now instanceof Map<?, ?>) {
                addRuntimeChanges(changes, path, asMap(old), asMap(now));
            } else if (!Objects.equals(old, now)) {
                changes.add(new NodeChange(
                        path,
                        Objects.requireNonNullElse(old, NONE).toString(),
                        Objects.requireNonNullElse(now, NONE).toString()));
            }
        }
    }

    private static Map<?, ?> asMap(@Nullable Object value) {
        return value instanceof Map<?, ?> map ? map : Map.of();
    }

    private static void addChange(List<NodeChange> changes, Option<?> option, Object before, Object after) {
        if (!before.equals(after)) {
            changes.add(new NodeChange(option.name(), before.toString(), after.toString()));
        }
    }

    private static List<OptionChange> optionChanges(DeviceSpec before, DeviceSpec after) {
        if (!before.factory().type().equals(after.factory().type())) {
            return List.of(new OptionChange(
                    "type",
                    Optional.of(before.factory().type()),
                    Optional.of(after.factory().type()),
                    ChangeEffect.GUEST_VISIBLE));
        }
        List<OptionChange> changes = new ArrayList<>();
        Map<String, Object> commonBefore = common(before);
        Map<String, Object> commonAfter = common(after);
        for (Option<?> option : CommonOptions.all()) {
            change(option, commonBefore, commonAfter).ifPresent(changes::add);
        }
        for (Option<?> option : after.factory().options()) {
            change(option, before.settings().values(), after.settings().values())
                    .ifPresent(changes::add);
        }
        return changes;
    }

    private static Optional<OptionChange> change(
            Option<?> option, Map<String, Object> before, Map<String, Object> after) {
        @Nullable Object old = before.get(option.name());
        @Nullable Object now = after.get(option.name());
        if (Objects.equals(old, now)) {
            return Optional.empty();
        }
        return Optional.of(new OptionChange(option.name(), shown(option, old), shown(option, now), option.effect()));
    }

    private static Optional<String> shown(Option<?> option, @Nullable Object value) {
        return value == null ? Optional.empty() : Optional.of(OptionValues.show(option, value));
    }

    /** The common options as they can be told from what is wanted of a device. */
    static Map<String, Object> common(DeviceSpec spec) {
        Map<String, Object> values = new HashMap<>();
        switch (spec.endpoint()) {
            case Endpoint.Listen listen -> {
                values.put(CommonOptions.SOCKET.name(), listen.path());
                values.put(CommonOptions.SOCKET_ROLE.name(), "listen");
                values.put(CommonOptions.SOCKET_MODE.name(), "0" + Integer.toOctalString(listen.mode()));
                listen.group().ifPresent(group -> values.put(CommonOptions.SOCKET_GROUP.name(), group));
            }
            case Endpoint.Connect connect -> {
                values.put(CommonOptions.SOCKET.name(), connect.path());
                values.put(CommonOptions.SOCKET_ROLE.name(), "connect");
            }
            case Endpoint.Inherited inherited -> values.put(CommonOptions.SOCKET.name(), "fd " + inherited.number());
        }
        values.put(CommonOptions.ENABLED.name(), spec.enabled());
        spec.eventLoop().ifPresent(loop -> values.put(CommonOptions.EVENT_LOOP.name(), (long) loop));
        values.put(CommonOptions.BUSY_POLL.name(), spec.busyPoll());
        values.put(CommonOptions.DRAIN_TIMEOUT.name(), spec.drainTimeout());
        values.put(CommonOptions.QUEUE_RESTARTS.name(), (long) spec.restarts().queueRestarts());
        values.put(CommonOptions.DEVICE_RESTARTS.name(), (long) spec.restarts().deviceRestarts());
        values.put(CommonOptions.RESTART_WINDOW.name(), spec.restarts().window());
        values.put(CommonOptions.MINIMUM_BACKOFF.name(), spec.restarts().minimumBackoff());
        values.put(CommonOptions.MAXIMUM_BACKOFF.name(), spec.restarts().maximumBackoff());
        return values;
    }
}
