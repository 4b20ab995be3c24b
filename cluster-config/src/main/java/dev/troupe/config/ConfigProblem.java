package dev.troupe.config;

import java.util.Comparator;

/**
 * One thing that is wrong with a configuration.
 *
 * @param file the file it stands in, or {@code "command line"}
 * @param line its line, counted from 1; 0 where it has none
 * @param key the key it concerns, as a path from the top of the file; empty if it concerns the whole file
 * @param message a sentence that says what is wrong and what would be right
 */
public record ConfigProblem(String file, int line, String key, String message) implements Comparable<ConfigProblem> {

    private static final Comparator<ConfigProblem> BY_PLACE = Comparator.comparing(ConfigProblem::file)
            .thenComparingInt(ConfigProblem::line)
            .thenComparing(ConfigProblem::key)
            .thenComparing(ConfigProblem::message);

    @Override
    public int compareTo(ConfigProblem other) {
        return BY_PLACE.compare(this, other);
    }

    /** One line for an operator, in the form that editors and compilers use: {@code file:line: key: message}. */
    @Override
    public String toString() {
        return file + (line > 0 ? ":" + line : "") + ": " + (key.isEmpty() ? "" : key + ": ") + message;
    }
}
