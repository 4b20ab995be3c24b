package dev.troupe.runtime.control;

import java.util.Optional;

/**
 * The processes that one daemon has been, one after the other, while its guests stayed connected.
 *
 * @param upgrades how often a process has handed over to the next
 * @param recoveries how often a process has gone on where a dead one was
 * @param last a sentence about the last time, if there was one
 */
public record Lineage(int upgrades, int recoveries, Optional<String> last) {

    /** A daemon whose first process still runs. */
    public static final Lineage FIRST = new Lineage(0, 0, Optional.empty());

    /** After one more upgrade. */
    public Lineage upgraded(String sentence) {
        return new Lineage(upgrades + 1, recoveries, Optional.of(sentence));
    }

    /** After one more recovery. */
    public Lineage recovered(String sentence) {
        return new Lineage(upgrades, recoveries + 1, Optional.of(sentence));
    }

    /** For an operator, a line; empty for a first process. */
    public String sentence() {
        return last.map(text -> "Since its start the daemon was upgraded " + times(upgrades) + " and recovered "
                        + times(recoveries) + ". Last: " + text)
                .orElse("");
    }

    private static String times(int count) {
        return count == 1 ? "once" : count + " times";
    }
}
