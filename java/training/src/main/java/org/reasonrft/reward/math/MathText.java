package org.reasonrft.reward.math;

import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One spelling for what Unicode, LaTeX and Markdown write in many ways. */
final class MathText {
    private static final Map<Character, String> SPELLINGS = Map.ofEntries(
            Map.entry('\u2212', "-"),
            Map.entry('\u2013', "-"),
            Map.entry('\u2014', "-"),
            Map.entry('\u2010', "-"),
            Map.entry('\u2011', "-"),
            Map.entry('\u00d7', "*"),
            Map.entry('\u00b7', "*"),
            Map.entry('\u22c5', "*"),
            Map.entry('\u2219', "*"),
            Map.entry('\u00f7', "/"),
            Map.entry('\u2044', "/"),
            Map.entry('\u2215', "/"),
            Map.entry('\u2236', ":"),
            Map.entry('\u03c0', "\\pi "),
            Map.entry('\u221e', "\\infty "),
            Map.entry('\u2264', "\\le "),
            Map.entry('\u2a7d', "\\le "),
            Map.entry('\u2265', "\\ge "),
            Map.entry('\u2a7e', "\\ge "),
            Map.entry('\u2260', "\\ne "),
            Map.entry('\u2248', "\\approx "),
            Map.entry('\u2208', "\\in "),
            Map.entry('\u222a', "\\cup "),
            Map.entry('\u2220', "\\angle "),
            Map.entry('\u25b3', "\\triangle "),
            Map.entry('\u00b1', "\\pm "),
            Map.entry('\u00ba', "\u00b0"),
            Map.entry('\u02da', "\u00b0"),
            Map.entry('\u2032', "'"),
            Map.entry('\u2019', "'"),
            Map.entry('\u2033', "''"),
            Map.entry('"', "''"),
            Map.entry('\u00bd', "\\frac{1}{2}"),
            Map.entry('\u2153', "\\frac{1}{3}"),
            Map.entry('\u2154', "\\frac{2}{3}"),
            Map.entry('\u00bc', "\\frac{1}{4}"),
            Map.entry('\u00be', "\\frac{3}{4}"),
            Map.entry('\u221b', "\\cbrt "),
            Map.entry('\u3002', "."),
            Map.entry('\u3001', ","));
    /** Currency signs are left out: an answer may drop its unit, and amounts in two currencies do not meet in one question. */
    private static final String CURRENCIES = "$\u20ac\u00a3\u00a5";

    private static final String SUPERSCRIPTS =
            "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207a\u207b\u207f";
    private static final String SUPERSCRIPT_VALUES = "0123456789+-n";

    /** Commands that only change how a formula looks. */
    private static final Pattern LOOKS = Pattern.compile("\\\\(?:left|right|[bB]igg?[lr]?|displaystyle|textstyle|limits"
            + "|quad|qquad|hspace\\{[^{}]*+}|[,;:! ])(?![a-zA-Z])|\\\\!|~");

    private static final Pattern DEGREES =
            Pattern.compile("\\^\\s*+(?:\\{\\s*+\\\\circ\\s*+}|\\\\circ\\b)|\\\\degree\\b");
    private static final Pattern GROUPING_COMMA = Pattern.compile("\\{,}|\\\\,(?=\\d{3}(?!\\d))");
    private static final List<Pattern> WRAPPERS = List.of(
            Pattern.compile("\\\\\\((.*)\\\\\\)", Pattern.DOTALL),
            Pattern.compile("\\\\\\[(.*)\\\\]", Pattern.DOTALL),
            Pattern.compile("\\$\\$?([^$]*)\\$\\$?", Pattern.DOTALL),
            Pattern.compile("\\*\\*(.*)\\*\\*", Pattern.DOTALL),
            Pattern.compile("`(.*)`", Pattern.DOTALL));

    private MathText() {}

    /** The text with wrappers, looks and rare spellings gone. */
    static String canonical(String text) {
        String unwrapped = unwrap(text.strip());
        String grouped = GROUPING_COMMA.matcher(unwrapped).replaceAll(",");
        String plain = LOOKS.matcher(respelled(grouped)).replaceAll(" ");
        return DEGREES.matcher(plain).replaceAll("\u00b0").strip();
    }

    /** Takes off what stands around a whole formula, again and again: {@code $\boxed{3}$.} becomes {@code 3}. */
    private static String unwrap(String text) {
        String inner = text;
        for (int round = 0; round < 4; round++) {
            String before = inner;
            inner = withoutFullStop(inner).strip();
            for (Pattern wrapper : WRAPPERS) {
                Matcher matcher = wrapper.matcher(inner);
                if (matcher.matches()) {
                    inner = matcher.group(1).strip();
                }
            }
            inner = unboxed(inner);
            if (inner.equals(before)) {
                break;
            }
        }
        return inner;
    }

    private static String unboxed(String text) {
        for (String box : List.of("\\boxed{", "\\fbox{")) {
            if (text.startsWith(box) && closingBrace(text, box.length() - 1) == text.length() - 1) {
                return text.substring(box.length(), text.length() - 1).strip();
            }
        }
        return text;
    }

    /** Index of the brace that closes the one at {@code open}; -1 if there is none. */
    static int closingBrace(String text, int open) {
        int depth = 0;
        for (int i = open; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean escaped = i > 0 && text.charAt(i - 1) == '\\';
            if (c == '{' && !escaped) {
                depth++;
            } else if (c == '}' && !escaped && --depth == 0) {
                return i;
            }
        }
        return -1;
    }

    /** One full stop ends a sentence; two are something else. */
    private static String withoutFullStop(String text) {
        boolean stop = text.endsWith(".") || text.endsWith("\u3002");
        return stop && !text.endsWith("..") ? text.substring(0, text.length() - 1) : text;
    }

    private static String respelled(String text) {
        StringBuilder out = new StringBuilder(text.length() + 16);
        boolean raised = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int superscript = SUPERSCRIPTS.indexOf(c);
            if (raised != superscript >= 0) {
                raised = superscript >= 0;
                out.append(raised ? "^{" : "}");
            }
            if (raised) {
                out.append(SUPERSCRIPT_VALUES.charAt(superscript));
            } else if (c >= '\uff01' && c <= '\uff5e') {
                // The full-width forms of ASCII.
                out.append((char) (c - 0xfee0));
            } else if (CURRENCIES.indexOf(c) >= 0) {
                // A backslash before a dollar sign goes with it.
                int last = out.length() - 1;
                if (last >= 0 && out.charAt(last) == '\\') {
                    out.setLength(last);
                }
            } else {
                String spelling = SPELLINGS.get(c);
                out.append(spelling == null ? Character.isSpaceChar(c) ? " " : String.valueOf(c) : spelling);
            }
        }
        return raised ? out.append('}').toString() : out.toString();
    }
}
