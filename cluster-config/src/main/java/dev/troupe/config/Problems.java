package dev.troupe.config;

import com.typesafe.config.ConfigOrigin;
import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with one configuration. */
final class Problems {

    private final List<ConfigProblem> found = new ArrayList<>();

    /** A place in a file; line 0 is the file as a whole. */
    record Place(String file, int line) {

        /** The place a value came from, or another one if the value came from no file. */
        static Place of(ConfigOrigin origin, Place otherwise) {
            String file = origin.filename();
            return file == null || origin.lineNumber() < 1 ? otherwise : new Place(file, origin.lineNumber());
        }
    }

    void add(Place place, String key, String message) {
        found.add(new ConfigProblem(place.file(), place.line(), key, message));
    }

    /** Ends the loading if it cannot go on. */
    void throwIfAnyUnless(boolean canGoOn) throws InvalidConfigException {
        if (!canGoOn) {
            throwIfAny();
        }
    }

    /** Ends the loading if anything is wrong. */
    void throwIfAny() throws InvalidConfigException {
        if (!found.isEmpty()) {
            throw new InvalidConfigException(found);
        }
    }
}
