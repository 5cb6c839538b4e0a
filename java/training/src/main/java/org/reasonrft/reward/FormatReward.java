package org.reasonrft.reward;

/**
 * 1 if the completion is {@code <think>...</think>}, optional white space, {@code <answer>...</answer>} and nothing
 * else, otherwise 0.
 *
 * <p>As in Reason-RFT's reference reward the whole text has to match: a character before {@code <think>} or after
 * {@code </answer>}, even a line break, gives 0, while further tags inside the two parts do no harm and either part may
 * be empty.
 */
public final class FormatReward implements CompletionReward {
    private static final TagForm FORM = new TagForm("think", "answer");

    @Override
    public String name() {
        return "format";
    }

    @Override
    public float score(RewardInput input) {
        return matches(input.completion()) ? 1f : 0f;
    }

    /** Whether the text has the wanted form. */
    public static boolean matches(String completion) {
        return FORM.matches(completion);
    }
}
