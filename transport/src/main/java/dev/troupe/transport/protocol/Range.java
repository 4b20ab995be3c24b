package dev.troupe.transport.protocol;

/**
 * A closed range of numbers.
 *
 * @param least the smallest allowed
 * @param most the largest allowed
 */
public record Range(int least, int most) {
    /**
     * Whether a number is allowed.
     *
     * @param number the number
     * @return true if within the range
     */
    public boolean contains(int number) {
        return number >= least && number <= most;
    }

    /** Such as "8" or "12 to 268". */
    @Override
    public String toString() {
        return least == most ? Integer.toString(least) : least + " to " + most;
    }
}
