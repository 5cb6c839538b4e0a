package org.reasonrft.run;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Finds what somebody probably meant. */
final class NearestName {
    private NearestName() {}

    /** More names than this are no help to anybody. */
    private static final int LISTED = 8;

    /** {@code did you mean x?} where a known name is near, else the known names, the nearest first. */
    static String hint(String given, Collection<String> known) {
        List<String> nearest = known.stream()
                .sorted(Comparator.comparingInt(name -> distance(plain(given), plain(name))))
                .toList();
        if (!nearest.isEmpty() && distance(plain(given), plain(nearest.get(0))) <= Math.max(2, given.length() / 3)) {
            return "did you mean " + nearest.get(0) + "?";
        }
        boolean all = nearest.size() <= LISTED;
        return "known here: " + String.join(", ", all ? known : nearest.subList(0, LISTED)) + (all ? "" : ", ...");
    }

    /** {@code learningRate}, {@code learning-rate} and {@code learning_rate} are the same mistake away from each other: none. */
    private static String plain(String name) {
        return name.replace("_", "").replace("-", "").toLowerCase(Locale.ROOT);
    }

    /** Levenshtein distance. */
    private static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] row = new int[b.length() + 1];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replaced, Math.min(previous[j], row[j - 1]) + 1);
            }
            previous = row;
        }
        return previous[b.length()];
    }
}
