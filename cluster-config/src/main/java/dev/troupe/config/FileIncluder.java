package dev.troupe.config;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderClasspath;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseable;
import java.io.File;
import java.net.URL;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Includes files and nothing else, relative to the file that includes them. A file that is not there is a problem,
 * where HOCON by itself would pass over it; nothing is ever fetched from the network.
 */
final class FileIncluder implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderURL, ConfigIncluderClasspath {

    private static final List<String> ENDINGS = List.of("", ".conf", ".json");

    private final List<Refusal> refusals = new ArrayList<>();
    private final Set<String> files = new LinkedHashSet<>();

    /** An include that was not followed. */
    record Refusal(String what, String message) {}

    List<Refusal> refusals() {
        return List.copyOf(refusals);
    }

    /** The files that were included. */
    List<String> files() {
        return List.copyOf(files);
    }

    @Override
    public ConfigIncluder withFallback(ConfigIncluder fallback) {
        return this;
    }

    @Override
    public ConfigObject include(ConfigIncludeContext context, String what) {
        for (String ending : ENDINGS) {
            ConfigParseable candidate = context.relativeTo(what + ending);
            String file = candidate == null ? null : candidate.origin().filename();
            if (candidate != null && file != null && new File(file).isFile()) {
                files.add(file);
                return candidate.parse(context.parseOptions().setAllowMissing(false));
            }
        }
        return refuse(what, "The included file '" + what + "' does not exist.");
    }

    @Override
    public ConfigObject includeFile(ConfigIncludeContext context, File what) {
        return include(context, what.getPath());
    }

    @Override
    public ConfigObject includeURL(ConfigIncludeContext context, URL what) {
        return refuse(what.toString(), "Only files can be included, not '" + what + "'.");
    }

    @Override
    public ConfigObject includeResources(ConfigIncludeContext context, String what) {
        return refuse(what, "Only files can be included, not the class path's '" + what + "'.");
    }

    private ConfigObject refuse(String what, String message) {
        refusals.add(new Refusal(what, message));
        return ConfigFactory.empty().root();
    }
}
