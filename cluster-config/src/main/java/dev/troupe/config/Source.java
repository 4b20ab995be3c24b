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
import java.util.ArrayList;
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

    private static final ConfigResolveOptions LENIENT =
            ConfigResolveOptions.defaults().setAllowUnresolved(true);

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
        try {
            return Optional.of(resolve(file, writtenIn(file, problems), reference.toConfig()));
        } catch (ConfigException e) {
            ConfigOrigin origin = e.origin();
            problems.add(origin == null ? whole : Place.of(origin, whole), "", sentence(e));
        } catch (StackOverflowError e) {
            problems.add(whole, "", "The file is nested too deeply.");
        }
        return Optional.empty();
    }

    /** What a file and its includes say before substitutions; tells what must not be included, and devices of one name. */
    static Config writtenIn(Path file, Problems problems) {
        FileIncluder includer = new FileIncluder();
        ConfigParseOptions options = ConfigParseOptions.defaults()
                .setSyntax(ConfigSyntax.CONF)
                .setAllowMissing(false)
                .setIncluder(includer);
        Config written = ConfigFactory.parseFile(file.toFile(), options);
        List<Path> files = new ArrayList<>(List.of(file));
        includer.files().forEach(included -> files.add(Path.of(included)));
        includer.refusals().forEach(refusal -> problems.add(place(refusal, files), "include", refusal.message()));
        files.forEach(each -> tellDuplicates(each, RuntimeFile.DEVICES, problems));
        return written;
    }

    private static Source resolve(Path file, Config written, Config reference) {
        try {
            return resolve(file, written, written, reference);
        } catch (ConfigException.BugOrBroken e) {
            // The library fails where a block with a substitution is laid over another and defaults may be meant; what
            // the
            // file says by itself is resolved first then.
            return resolve(file, written, written.resolve(LENIENT), reference);
        }
    }

    private static Source resolve(Path file, Config written, Config own, Config reference) {
        Config with = own.withFallback(reference);
        try {
            return new Source(file, own.resolveWith(with).root(), written.root(), Optional.empty());
        } catch (ConfigException.BugOrBroken e) {
            throw e;
        } catch (ConfigException e) {
            return new Source(file, own.resolveWith(with, LENIENT).root(), written.root(), Optional.of(e));
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

    private static Place place(FileIncluder.Refusal refusal, List<Path> files) {
        for (Path file : files) {
            List<String> lines = read(file).lines().toList();
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i);
                if (line.contains("include") && line.contains(refusal.what())) {
                    return new Place(file.toString(), i + 1);
                }
            }
        }
        return new Place(files.getFirst().toString(), 0);
    }

    /** Tells where one file has two blocks of one name directly in some block. */
    static void tellDuplicates(Path file, List<String> in, Problems problems) {
        Map<String, Integer> firstLine = new HashMap<>();
        for (BlockScanner.Block block : BlockScanner.scan(read(file))) {
            List<String> path = block.path();
            if (path.size() == in.size() + 1 && path.subList(0, in.size()).equals(in)) {
                Integer first = firstLine.putIfAbsent(path.getLast(), block.line());
                if (first != null) {
                    problems.add(
                            new Place(file.toString(), block.line()),
                            String.join(".", path),
                            "There is a device '" + path.getLast() + "' already, at line " + first
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
