package org.reasonrft.reward;

import java.util.List;
import java.util.regex.Pattern;

/**
 * 1 if the completion is {@code <think>...</think>}, optional white space, {@code <answer>...</answer>} and nothing
 * else, otherwise 0.
 *
 * <p>As in Reason-RFT's reference reward the whole text has to match: a character before {@code <think>} or after
 * {@code </answer>}, even a line break, gives 0, while further tags inside the two parts do no harm and either part may
 * be empty.
 */
public final class FormatReward implements RewardFunction {
    private static final String OPENING = "<think>";
    private static final String CLOSING = "</answer>";
    // Python's \s for text: Unicode white space plus the four information separators.
    private static final Pattern MIDDLE =
            Pattern.compile("</think>[\\s\\x1c-\\x1f]*+<answer>", Pattern.UNICODE_CHARACTER_CLASS);

    @Override
    public String name() {
        return "format";
    }

    @Override
    public float[] score(List<RewardInput> batch) {
        float[] rewards = new float[batch.size()];
        for (int i = 0; i < rewards.length; i++) {
            rewards[i] = matches(batch.get(i).completion()) ? 1f : 0f;
        }
        return rewards;
    }

    /** Whether the text has the wanted form. */
    public static boolean matches(String completion) {
        // The reference's pattern, <think>.*?</think>\s*<answer>.*?</answer> on the whole text, accepts the same texts
        // but
        // takes quadratic time on a completion that repeats its tags until it is cut off.
        int start = OPENING.length();
        int end = completion.length() - CLOSING.length();
        return start <= end
                && completion.startsWith(OPENING)
                && completion.endsWith(CLOSING)
                && MIDDLE.matcher(completion).region(start, end).find();
    }
}
