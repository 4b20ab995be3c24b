package dev.troupe.transport.protocol;

import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Words of feature bits as text. */
final class BitNames {
    private BitNames() {}

    /** The set bits from the lowest, by name where there is one and by number otherwise; "none" for zero. */
    static String describe(long word, IntFunction<Optional<String>> nameOfBit) {
        if (word == 0) {
            return "none";
        }
        return IntStream.range(0, Long.SIZE)
                .filter(bit -> (word >>> bit & 1) != 0)
                .mapToObj(bit -> nameOfBit.apply(bit).orElseGet(() -> Integer.toString(bit)))
                .collect(Collectors.joining(", "));
    }
}
