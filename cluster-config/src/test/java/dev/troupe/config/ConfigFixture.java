package dev.troupe.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Writes configurations to a folder and loads them with two fake device types. */
final class ConfigFixture {

    static final DeviceTypes TYPES = DeviceTypes.of(List.of(new FakeRng(), new FakeDisk()));

    private final Path folder;
    private final ConfigLoader loader = new ConfigLoader(TYPES, Map.of("XDG_RUNTIME_DIR", "/run/user/1000"));

    ConfigFixture(Path folder) {
        this.folder = folder;
    }

    Path write(String name, String text) {
        try {
            return Files.writeString(folder.resolve(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    ConfigFile open(String text) throws InvalidConfigException {
        return loader.open(write("troupe.conf", text));
    }

    NodeConfig load(String text) throws InvalidConfigException {
        return loader.load(write("troupe.conf", text));
    }

    /** What is wrong with a configuration, one line each, the folder taken away. */
    List<String> problems(String text) {
        try {
            load(text);
            return List.of();
        } catch (InvalidConfigException e) {
            return e.problems().stream()
                    .map(problem -> problem.toString().replace(folder + "/", ""))
                    .toList();
        }
    }
}
