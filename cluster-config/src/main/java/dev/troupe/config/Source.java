package dev.troupe.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigValue;
import dev.troupe.config.Problems.Place;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A configuration file with its includes, parsed, its substitutions made as far as they can be.
 *
 * @param file the file as the operator named it
 * @param root what it says, without any defaults
 * @param written the same before substitutions, for the lines that values stand in
 * @param unresolved why not all substitutions could be made, if so
 */
record Source(Path file, ConfigObject root, ConfigObject written, Optional<ConfigException> unresolved) {

    /**
     * Parses a file.
     *
     * @return nothing if it cannot be parsed at all; then the problem has been told
     */
    static Optional<Source> parse(Path file, ConfigObject reference, Problems problems) {
        Place whole = new Place(file.toString(), 0);
        if (!Files.exists(file) || Files.isDirectory(file) || !Files.isReadable(file)) {
            problems.add(whole, "", "There is no such file, or it cannot be read.");
            return Optional.empty();
        }
        FileIncluder includer = new FileIncluder();
        try {
            ConfigParseOptions options = ConfigParseOptions.defaults()
                    .setSyntax(ConfigSyntax.CONF)
                    .setAllowMissing(false)
                    .setIncluder(includer);
            Config written = ConfigFactory.parseFile(file.toFile(), options);
            tellRefusals(file, includer, problems);
            tellDuplicates(file, includer, problems);
            return Optional.of(resolve(file, written, reference.toConfig()));
        } catch (ConfigException e) {
            ConfigOrigin origin = e.origin();
            problems.add(origin == null ? whole : Place.of(origin, whole), "", sentence(e));
        } catch (StackOverflowError e) {
            problems.add(whole, "", "The file is nested too deeply.");
        }
        return Optional.empty();
    }

    private static Source resolve(Path file, Config written, Config reference) {
        Config with = written.withFallback(reference);
        try {
            return new Source(file, written.resolveWith(with).root(), written.root(), Optional.empty());
        } catch (ConfigException e) {
            ConfigResolveOptions lenient = ConfigResolveOptions.defaults().setAllowUnresolved(true);
            return new Source(file, written.resolveWith(with, lenient).root(), written.root(), Optional.of(e));
        }
    }

    /** The same with these devices in the place of those of the same name, {@code null} for none. */
    Source withDevices(ConfigObject devices) {
        try {
            return new Source(
                    file,
                    RuntimeFile.replace(root, devices),
                    devices.atPath("troupe.devices").root().withFallback(written),
                    unresolved);
        } catch (ConfigException.NotResolved e) {
            // What cannot be resolved is told elsewhere.
            return this;
        }
    }

    /** Whether the file itself sets something. */
    boolean sets(String... path) {
        ConfigValue at = root;
        for (String key : path) {
            at = at instanceof ConfigObject object ? object.get(key) : null;
        }
        return at != null;
    }

    private static void tellRefusals(Path file, FileIncluder includer, Problems problems) {
        if (includer.refusals().isEmpty()) {
            return;
        }
        List<String> lines = read(file).lines().toList();
        for (FileIncluder.Refusal refusal : includer.refusals()) {
            int line = 0;
            for (int i = lines.size(); i > 0; i--) {
                String text = lines.get(i - 1);
                line = text.contains("include") && text.contains(refusal.what()) ? i : line;
            }
            problems.add(new Place(file.toString(), line), "include", refusal.message());
        }
    }

    private static void tellDuplicates(Path file, FileIncluder includer, Problems problems) {
        tellDuplicates(file, problems);
        includer.files().forEach(included -> tellDuplicates(Path.of(included), problems));
    }

    private static void tellDuplicates(Path file, Problems problems) {
        Map<String, Integer> firstLine = new HashMap<>();
        for (BlockScanner.Block block : BlockScanner.scan(read(file))) {
            List<String> path = block.path();
            if (path.size() == 3 && path.get(0).equals("troupe") && path.get(1).equals("devices")) {
                Integer first = firstLine.putIfAbsent(path.get(2), block.line());
                if (first != null) {
                    problems.add(
                            new Place(file.toString(), block.line()),
                            String.join(".", path),
                            "There is a device '" + path.get(2) + "' already, at line " + first
                                    + ". Give this one another name.");
                }
            }
        }
    }

    private static String read(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            // It was read a moment ago; whoever took it away will hear of it elsewhere.
            return "";
        }
    }

    /** What the parser says, without the place, which is told beside it. */
    static String sentence(ConfigException e) {
        String message = String.valueOf(e.getMessage());
        ConfigOrigin origin = e.origin();
        if (origin != null && message.startsWith(origin.description() + ": ")) {
            message = message.substring(origin.description().length() + 2);
        }
        int hint = message.indexOf(" (if you intended");
        return (hint > 0 ? message.substring(0, hint) : message)
                .replace('\n', ' ')
                .strip();
    }

    /** The line that a key stands in, or the nearest line above it that is known. */
    Place place(List<String> path) {
        Place whole = new Place(file.toString(), 0);
        Place inWritten = place(written, path, whole);
        return inWritten.line() > 0 ? inWritten : place(root, path, whole);
    }

    private static Place place(ConfigObject top, List<String> path, Place whole) {
        Place place = whole;
        ConfigValue at = top;
        try {
            for (String key : path) {
                ConfigValue next = at instanceof ConfigObject object ? object.get(key) : null;
                if (next == null) {
                    return place;
                }
                at = next;
                place = Place.of(at.origin(), place);
            }
        } catch (ConfigException.NotResolved e) {
            // The way to the key leads through a substitution: the line above it is the best there is.
            return place;
        }
        return place;
    }
}
