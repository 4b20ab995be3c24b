package dev.troupe.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds the word that was probably meant. */
final class Nearest {

    private Nearest() {}

    /** The candidate that is most like the word, if any is like it at all. */
    static Optional<String> to(String word, Collection<String> candidates) {
        return to(word, candidates, Math.max(2, plain(word).length() / 3));
    }

    /** The candidate that is most like the word, if no more letters differ than the limit. */
    static Optional<String> to(String word, Collection<String> candidates, int limit) {
        String plainWord = plain(word);
        return candidates.stream()
                .filter(candidate -> distance(plainWord, plain(candidate)) <= limit)
                // A word that is nothing like the candidate must not match just because both are short.
                .filter(candidate ->
                        distance(plainWord, plain(candidate)) < plain(candidate).length())
                .min(Comparator.comparingInt((String candidate) -> distance(plainWord, plain(candidate)))
                        .thenComparing(Comparator.naturalOrder()));
    }

    /** A sentence that names the nearest candidate or, where none is near, all of them. */
    static String hint(String word, Collection<String> candidates) {
        return to(word, candidates)
                .map(near -> "Did you mean '" + near + "'?")
                .orElseGet(() -> candidates.isEmpty() ? "" : "Known are: " + String.join(", ", candidates) + ".")
                .strip();
    }

    private static String plain(String word) {
        String plain = word.toLowerCase(Locale.ROOT).replace("-", "").replace("_", "");
        return plain.substring(0, Math.min(plain.length(), 64));
    }

    /** The number of letters to insert, delete, replace or swap with their neighbour to make one word of the other. */
    private static int distance(String a, String b) {
        int[][] cost = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                cost[i][j] = i == 0 || j == 0 ? i + j : cheapest(cost, a, b, i, j);
            }
        }
        return cost[a.length()][b.length()];
    }

    private static int cheapest(int[][] cost, String a, String b, int i, int j) {
        int replace = cost[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        int best = Math.min(replace, 1 + Math.min(cost[i - 1][j], cost[i][j - 1]));
        boolean swapped = i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
        return swapped ? Math.min(best, cost[i - 2][j - 2] + 1) : best;
    }
}
