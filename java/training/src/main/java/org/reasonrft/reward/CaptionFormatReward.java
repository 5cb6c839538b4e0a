package org.reasonrft.reward;

/**
 * {@link FormatReward} for prompts that ask for a summary and a caption first: 1 for {@code <summary>...</summary>
 * <caption>...</caption> <think>...</think> <answer>...</answer>} and nothing else, otherwise 0.
 */
public final class CaptionFormatReward implements CompletionReward {
    private static final TagForm FORM = new TagForm("summary", "caption", "think", "answer");

    @Override
    public String name() {
        return "caption_format";
    }

    @Override
    public float score(RewardInput input) {
        return FORM.matches(input.completion()) ? 1f : 0f;
    }
}
