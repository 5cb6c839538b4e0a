package org.reasonrft.reward;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Texts that are nothing but {@code <a>...</a> <b>...</b>} for certain tags, with optional white space between them.
 *
 * <p>As in Reason-RFT's reference rewards the whole text has to match: a character before the first tag or after the last,
 * even a line break, is one too many, while further tags inside the parts do no harm and a part may be empty.
 */
final class TagForm {
    private final String opening;
    private final String closing;
    private final List<Pattern> seams = new ArrayList<>();

    TagForm(String... tags) {
        opening = "<" + tags[0] + ">";
        closing = "</" + tags[tags.length - 1] + ">";
        for (int i = 1; i < tags.length; i++) {
            // Python's \s for text: Unicode white space plus the four information separators.
            seams.add(Pattern.compile(
                    "</" + tags[i - 1] + ">[\\s\\x1c-\\x1f]*+<" + tags[i] + ">", Pattern.UNICODE_CHARACTER_CLASS));
        }
    }

    /**
     * Whether the text has the form. The reference's {@code <a>.*?</a>\s*<b>.*?</b>} on the whole text accepts the same
     * texts but takes polynomial time on a completion that repeats its tags until it is cut off.
     */
    boolean matches(String text) {
        int at = opening.length();
        int end = text.length() - closing.length();
        if (at > end || !text.startsWith(opening) || !text.endsWith(closing)) {
            return false;
        }
        for (Pattern seam : seams) {
            Matcher matcher = seam.matcher(text).region(at, end);
            if (!matcher.find()) {
                return false;
            }
            at = matcher.end();
        }
        return true;
    }
}
