package org.reasonrft.report;

import java.util.Locale;
import java.util.regex.Pattern;

/** Text and numbers for HTML. */
final class Html {
    private static final Pattern REASONING_TAG = Pattern.compile("&lt;(/?)(think|answer)&gt;");

    private Html() {}

    /**
     * Text as content of an element or of a quoted attribute. Control characters become their visible pictures (U+2400 and following), so
     * that nothing a model wrote is invisible.
     */
    static String escape(String text) {
        StringBuilder out = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                case '\n', '\t' -> out.append((char) c);
                default -> out.appendCodePoint(visible(c));
            }
        });
        return out.toString();
    }

    private static int visible(int c) {
        if (c < 0x20) {
            return 0x2400 + c;
        }
        boolean unpairedSurrogate = c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
        boolean directionOverride = c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069;
        return c == 0x7f || unpairedSurrogate || directionOverride || c >= 0x80 && c < 0xa0 ? 0xfffd : c;
    }

    /** A completion, escaped, with its reasoning tags set apart. */
    static String completion(String text) {
        return REASONING_TAG.matcher(escape(text)).replaceAll("<span class=\"tag\">&lt;$1$2&gt;</span>");
    }

    /** {@code 0.6575} as {@code 65.8 %}. */
    static String percent(double share) {
        return Double.isFinite(share) ? String.format(Locale.ROOT, "%.1f\u00a0%%", 100 * share) : "\u2013";
    }

    /** Points of a difference of percentages, signed. */
    static String points(double difference) {
        return String.format(Locale.ROOT, "%s%.1f", difference < 0 ? "\u2212" : "+", Math.abs(100 * difference));
    }

    /** About three significant digits, with k and M for large numbers and an exponent for tiny ones. */
    static String number(double value) {
        if (!Double.isFinite(value)) {
            return "\u2013";
        }
        double size = Math.abs(value);
        String text;
        if (size == 0) {
            text = "0";
        } else if (size >= 1e9) {
            text = trimmed(size / 1e9, 2) + "G";
        } else if (size >= 1e6) {
            text = trimmed(size / 1e6, 2) + "M";
        } else if (size >= 1e4) {
            text = trimmed(size / 1e3, 1) + "k";
        } else if (size >= 100) {
            text = trimmed(size, 0);
        } else if (size >= 1) {
            text = trimmed(size, 2);
        } else if (size >= 1e-3) {
            text = trimmed(size, (int) Math.ceil(-Math.log10(size)) + 2);
        } else {
            int exponent = (int) Math.floor(Math.log10(size));
            text = trimmed(size / Math.pow(10, exponent), 2) + "e\u2212" + -exponent;
        }
        return value < 0 ? "\u2212" + text : text;
    }

    private static String trimmed(double value, int decimals) {
        String text = String.format(Locale.ROOT, "%." + decimals + "f", value);
        return text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
    }

    /** {@code 95} as {@code 1 min 35 s}. */
    static String duration(double seconds) {
        if (!Double.isFinite(seconds)) {
            return "\u2013";
        }
        long s = Math.round(seconds);
        if (s < 60) {
            return s + "\u00a0s";
        }
        return s < 3600
                ? s / 60 + "\u00a0min " + s % 60 + "\u00a0s"
                : s / 3600 + "\u00a0h " + s % 3600 / 60 + "\u00a0min";
    }
}
