package dev.troupe.config;

import dev.troupe.actors.daemon.CommonOptions;
import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.Endpoint;
import dev.troupe.actors.daemon.RestartPolicy;
import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.Option;
import dev.troupe.actors.device.Problem;
import dev.troupe.actors.device.Quantities;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/** Reads the block of one device: its own keys over the operator's defaults over those of {@code reference.conf}. */
final class DeviceReader {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final String SOCKET_SUFFIX = ".sock";
    private static final Pattern MODE = Pattern.compile("0?[0-7]{3}");
    /** {@code sun_path} of {@code struct sockaddr_un} holds 108 bytes, one of them the end. */
    static final int LONGEST_SOCKET_PATH_BYTES = 107;

    private final DeviceTypes types;
    private final Documentation documentation;
    private final Section troupe;
    private final Section deviceDefaults;
    private final Section.Defaults commonDefaults;
    private final Map<String, Section> typeSections = new HashMap<>();

    DeviceReader(DeviceTypes types, Documentation documentation, Section troupe) {
        this.types = types;
        this.documentation = documentation;
        this.troupe = troupe;
        this.commonDefaults = new DocumentedDefaults(documentation, "troupe.device-defaults");
        this.deviceDefaults = troupe.inner("device-defaults");
    }

    /** Reads what the operator set for all devices, and for all devices of a type. */
    void readDefaults() {
        deviceDefaults.checkKeys(names(CommonOptions.all()));
        deviceDefaults.read(CommonOptions.all(), commonDefaults);
        Section all = troupe.inner("types");
        all.checkKeys(types.names());
        for (DeviceFactory factory : types.all()) {
            Section section = all.inner(factory.type());
            section.checkKeys(names(factory.options()));
            section.read(factory.options(), typeDefaults(factory));
            typeSections.put(factory.type(), section);
        }
    }

    private Section.Defaults typeDefaults(DeviceFactory factory) {
        return new DocumentedDefaults(documentation, Documentation.typeSection(factory));
    }

    /** A device that was read but not yet placed. */
    record Read(DeviceFactory factory, DeviceSettings settings, Map<String, Object> common, Section section) {}

    /** Reads one device. Nothing if it is wrong; then that has been told. */
    Optional<Read> read(String name, Section section) {
        if (!NAME.matcher(name).matches()) {
            section.problem(
                    "",
                    "A device's name has at most 64 letters, digits, dots, dashes and underscores, the first a letter or digit.");
        }
        Optional<DeviceFactory> found = type(section);
        section.read(CommonOptions.all(), commonDefaults);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        DeviceFactory factory = found.get();
        section.read(factory.options(), typeDefaults(factory));
        List<String> known = new ArrayList<>(List.of("type"));
        known.addAll(names(factory.options()));
        known.addAll(names(CommonOptions.all()));
        section.checkKeys(known);

        Map<String, Object> common = new HashMap<>();
        for (Option<?> option : CommonOptions.all()) {
            merge(option, section, deviceDefaults, commonDefaults.of(option))
                    .ifPresent(v -> common.put(option.name(), v));
        }
        Map<String, Object> own = new HashMap<>();
        Section byType = typeSections.getOrDefault(factory.type(), deviceDefaults);
        for (Option<?> option : factory.options()) {
            merge(option, section, byType, typeDefaults(factory).of(option)).ifPresent(v -> own.put(option.name(), v));
        }
        checkCommon(section, common);
        if (section.anyWrong() || deviceDefaults.anyWrong() || byType.anyWrong()) {
            return Optional.empty();
        }
        DeviceSettings settings = new DeviceSettings(name, factory.type(), own);
        List<Problem> problems = factory.check(settings);
        problems.forEach(problem -> section.problem(problem.option(), problem.message()));
        return problems.isEmpty() ? Optional.of(new Read(factory, settings, common, section)) : Optional.empty();
    }

    private Optional<DeviceFactory> type(Section section) {
        Optional<String> type = section.text("type");
        if (type.isEmpty() && !section.isWrong("type")) {
            section.problem("type", "A device needs a type, one of " + String.join(", ", types.names()) + ".");
        }
        Optional<DeviceFactory> factory = type.flatMap(types::find);
        if (type.isPresent() && factory.isEmpty()) {
            section.problem(
                    "type", "There is no device type '" + type.get() + "'. " + Nearest.hint(type.get(), types.names()));
        }
        return factory;
    }

    private static Optional<Object> merge(Option<?> option, Section own, Section shared, Optional<Object> byDefault) {
        Optional<Optional<Object>> set = own.value(option.name()).or(() -> shared.value(option.name()));
        Optional<Object> value = set.orElse(byDefault);
        if (option.required() && value.isEmpty() && !own.isWrong(option.name()) && !shared.isWrong(option.name())) {
            own.problem(
                    option.name(),
                    "This is missing; a device of this type needs it ("
                            + option.kind().description() + ").");
        }
        return value;
    }

    private static void checkCommon(Section section, Map<String, Object> common) {
        get(common, CommonOptions.SOCKET_MODE)
                .filter(mode -> !MODE.matcher(mode).matches())
                .ifPresent(mode -> section.problem(
                        CommonOptions.SOCKET_MODE.name(),
                        "'" + mode + "' is no permission; three octal digits are needed, such as \"0660\"."));
        var least = get(common, CommonOptions.MINIMUM_BACKOFF);
        var most = get(common, CommonOptions.MAXIMUM_BACKOFF);
        if (least.isPresent() && most.isPresent() && least.get().compareTo(most.get()) > 0) {
            section.problem(
                    CommonOptions.MINIMUM_BACKOFF.name(),
                    Quantities.formatDuration(least.get()) + " is longer than maximum-backoff, "
                            + Quantities.formatDuration(most.get()) + ".");
        }
    }

    /** Where a device that was read meets its front end, whatever else is wrong with it. Nothing if that is wrong. */
    Optional<Path> socket(String name, Section section, Path socketDirectory) {
        String option = CommonOptions.SOCKET.name();
        if (section.isWrong(option)
                || deviceDefaults.isWrong(option)
                || !NAME.matcher(name).matches()) {
            return Optional.empty();
        }
        Optional<Object> set = section.value(option)
                .or(() -> deviceDefaults.value(option))
                .orElse(commonDefaults.of(CommonOptions.SOCKET));
        return Optional.of(set.map(Path.class::cast).orElseGet(() -> socketDirectory.resolve(name + SOCKET_SUFFIX)));
    }

    /** Makes what is wanted of a device out of what was read. Nothing if it cannot be placed; then that has been told. */
    static Optional<DeviceSpec> place(Read device, Path socketDirectory, int eventLoops) {
        Map<String, Object> common = device.common();
        String name = device.settings().name();
        Path socket = get(common, CommonOptions.SOCKET).orElseGet(() -> socketDirectory.resolve(name + SOCKET_SUFFIX));
        Section section = device.section();
        if (socket.toString().getBytes(StandardCharsets.UTF_8).length > LONGEST_SOCKET_PATH_BYTES) {
            section.problem(
                    CommonOptions.SOCKET.name(),
                    "The path " + socket + " is longer than the " + LONGEST_SOCKET_PATH_BYTES
                            + " bytes that a Unix socket's may have.");
        }
        Optional<Long> loop = get(common, CommonOptions.EVENT_LOOP);
        if (eventLoops > 0 && loop.isPresent() && loop.get() >= eventLoops) {
            section.problem(
                    CommonOptions.EVENT_LOOP.name(),
                    "There is no event loop " + loop.get() + "; troupe.event-loops makes 0 to " + (eventLoops - 1)
                            + ".");
        }
        if (section.anyWrong()) {
            return Optional.empty();
        }
        return Optional.of(spec(device, endpoint(common, socket)));
    }

    /** What is wanted of a device at a given endpoint. */
    static DeviceSpec spec(Read device, Endpoint endpoint) {
        Map<String, Object> common = device.common();
        Optional<Long> loop = get(common, CommonOptions.EVENT_LOOP);
        RestartPolicy restarts = new RestartPolicy(
                Math.toIntExact(always(common, CommonOptions.QUEUE_RESTARTS)),
                Math.toIntExact(always(common, CommonOptions.DEVICE_RESTARTS)),
                always(common, CommonOptions.RESTART_WINDOW),
                always(common, CommonOptions.MINIMUM_BACKOFF),
                always(common, CommonOptions.MAXIMUM_BACKOFF));
        return new DeviceSpec(
                device.settings().name(),
                device.factory(),
                device.settings(),
                endpoint,
                always(common, CommonOptions.ENABLED),
                loop.map(number -> OptionalInt.of(Math.toIntExact(number))).orElseGet(OptionalInt::empty),
                always(common, CommonOptions.BUSY_POLL),
                always(common, CommonOptions.DRAIN_TIMEOUT),
                restarts);
    }

    static Endpoint endpoint(Map<String, Object> common, Path socket) {
        if (always(common, CommonOptions.SOCKET_ROLE).equals("connect")) {
            return new Endpoint.Connect(socket);
        }
        int mode = Integer.parseInt(always(common, CommonOptions.SOCKET_MODE), 8);
        return new Endpoint.Listen(socket, mode, get(common, CommonOptions.SOCKET_GROUP));
    }

    private static <T> Optional<T> get(Map<String, Object> values, Option<T> option) {
        return Optional.ofNullable(values.get(option.name())).map(option.valueType()::cast);
    }

    private static <T> T always(Map<String, Object> values, Option<T> option) {
        return get(values, option).orElseThrow();
    }

    private static List<String> names(List<Option<?>> options) {
        return options.stream().<String>map(Option::name).toList();
    }
}
