package org.reasonrft.rollout;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.reasonrft.text.Tokenizer;

/** Finds stop strings in tokens. */
final class StopText {
    private final Tokenizer tokenizer;
    private final List<String> strings;
    /** No string spans more tokens: a token is at least one byte. */
    private final int longest;

    /** @param tokenizer may be null when there are no strings */
    StopText(Tokenizer tokenizer, List<String> strings) {
        if (tokenizer == null && !strings.isEmpty()) {
            throw new IllegalArgumentException(
                    "stopStrings need a generator with a tokenizer (Generator.forChat), got " + strings);
        }
        this.tokenizer = tokenizer;
        this.strings = strings;
        longest = strings.stream()
                .mapToInt(text -> text.getBytes(StandardCharsets.UTF_8).length)
                .max()
                .orElse(0);
    }

    /**
     * Whether one of the strings ends in the last token, given that none ended before. A character cut off in front, where
     * the tail begins, decodes to U+FFFD and hides nothing behind it.
     *
     * @param ids of which the first {@code length} count
     */
    boolean completedBy(long[] ids, int length) {
        if (longest == 0) {
            return false;
        }
        String tail = tokenizer.decode(
                Arrays.copyOfRange(ids, Math.max(0, length - longest), length), Tokenizer.SpecialTokens.KEEP);
        return strings.stream().anyMatch(tail::contains);
    }
}
