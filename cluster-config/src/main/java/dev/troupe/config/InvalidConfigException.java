package dev.troupe.config;

import java.util.List;
import java.util.stream.Collectors;

/** A configuration is wrong; carries everything that is wrong with it. */
public final class InvalidConfigException extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient List<ConfigProblem> problems;

    /**
     * Creates one.
     *
     * @param problems what is wrong; at least one thing
     */
    public InvalidConfigException(List<ConfigProblem> problems) {
        super(problems.stream().map(ConfigProblem::toString).collect(Collectors.joining("\n")));
        this.problems = problems.stream().distinct().sorted().toList();
    }

    /** What is wrong, each thing once, sorted by file and line. */
    public List<ConfigProblem> problems() {
        return problems;
    }
}
