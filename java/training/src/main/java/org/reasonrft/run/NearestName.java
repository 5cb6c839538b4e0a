package org.reasonrft.run;

import java.util.Collection;
import java.util.Locale;

/** Finds what somebody probably meant. */
final class NearestName {
    private NearestName() {}

    /** {@code did you mean 'x'?} where a known name is near, else all known names. */
    static String hint(String given, Collection<String> known) {
        String nearest = null;
        int best = Integer.MAX_VALUE;
        for (String name : known) {
            int distance = distance(plain(given), plain(name));
            if (distance < best) {
                best = distance;
                nearest = name;
            }
        }
        if (nearest != null && best <= Math.max(2, given.length() / 3)) {
            return "did you mean " + nearest + "?";
        }
        return "known here: " + String.join(", ", known);
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
