package dev.troupe.devices.i2c;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The addresses that one guest may use. Immutable. */
final class AllowedAddresses {
    private static final String RANGE = "-";

    private final Optional<Set<Integer>> listed;

    private AllowedAddresses(Optional<Set<Integer>> listed) {
        this.listed = listed;
    }

    /** Every address of a target; none that is reserved, for a general call reaches every guest's targets. */
    static AllowedAddresses all() {
        return new AllowedAddresses(Optional.empty());
    }

    /** Those of a list of addresses and ranges. */
    static AllowedAddresses of(List<String> texts) {
        return new AllowedAddresses(Optional.of(listed(texts)));
    }

    /** What a list of addresses and ranges, such as {@code 0x50} or {@code 0x50-0x57}, names. */
    static Set<Integer> listed(List<String> texts) {
        Set<Integer> listed = new TreeSet<>();
        for (String text : texts) {
            OptionalInt first = first(text);
            OptionalInt last = last(text);
            for (int address = first.orElse(1); address <= last.orElse(0); address++) {
                listed.add(address);
            }
        }
        return listed;
    }

    /** Whether a text is an address or a range. */
    static boolean isValid(String text) {
        OptionalInt first = first(text);
        OptionalInt last = last(text);
        return first.isPresent()
                && last.isPresent()
                && first.getAsInt() <= last.getAsInt()
                && TargetAddress.isTenBit(first.getAsInt()) == TargetAddress.isTenBit(last.getAsInt());
    }

    private static OptionalInt first(String text) {
        return TargetAddress.parse(text.split(RANGE, 2)[0]);
    }

    private static OptionalInt last(String text) {
        String[] ends = text.split(RANGE, 2);
        return TargetAddress.parse(ends[ends.length - 1]);
    }

    boolean allows(int address) {
        return listed.map(l -> l.contains(address)).orElseGet(() -> !TargetAddress.isReserved(address));
    }

    @Override
    public String toString() {
        return listed.map(l -> l.stream().map(TargetAddress::format).collect(Collectors.joining(", ")))
                .orElse("all that are not reserved");
    }
}
