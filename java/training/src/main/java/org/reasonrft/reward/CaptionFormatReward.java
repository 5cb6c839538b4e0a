package org.reasonrft.reward;

import java.util.List;

/**
 * {@link FormatReward} for prompts that ask for a summary and a caption first: 1 for {@code <summary>...</summary>
 * <caption>...</caption> <think>...</think> <answer>...</answer>} and nothing else, otherwise 0.
 */
public final class CaptionFormatReward implements RewardFunction {
    private static final TagForm FORM = new TagForm("summary", "caption", "think", "answer");

    @Override
    public String name() {
        return "caption_format";
    }

    @Override
    public float[] score(List<RewardInput> batch) {
        return FORM.score(batch);
    }
}
