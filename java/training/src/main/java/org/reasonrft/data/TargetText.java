package org.reasonrft.data;

/**
 * What supervised fine-tuning teaches the model to say, without the end-of-turn token.
 *
 * <p>The layout is compact, {@code <think>...</think><answer>...</answer>}: no line breaks between the parts, because
 * each would be a token that carries nothing. {@link org.reasonrft.reward.FormatReward} accepts it.
 */
public final class TargetText {
    private TargetText() {}

    /** The answer after the chain of thought. */
    public static String reasoned(String chainOfThought, String answer) {
        return "<think>" + chainOfThought + "</think><answer>" + answer + "</answer>";
    }

    /**
     * The answer after the sample's chain of thought.
     *
     * @throws DataException if the sample has none
     */
    public static String reasoned(Sample sample) {
        if (!sample.hasChainOfThought()) {
            throw new DataException("sample '" + sample.id() + "': field 'cot': missing, but the target needs it");
        }
        return reasoned(sample.chainOfThought(), sample.answer());
    }

    /** The answer alone, without tags: for fine-tuning on answers and for captions. */
    public static String bare(Sample sample) {
        return sample.answer();
    }
}
