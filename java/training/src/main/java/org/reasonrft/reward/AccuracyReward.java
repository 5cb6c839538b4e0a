package org.reasonrft.reward;

import java.util.Objects;
import java.util.function.BiPredicate;
import org.reasonrft.data.AnswerTags;

/**
 * 1 if the completion gives the gold answer, otherwise 0; Reason-RFT's reward for counting and geometry.
 *
 * <p>The text inside the completion's {@code <answer>} tags (all of it when there are none) has to equal the gold
 * answer character for character once outer white space is gone: {@code 3.0} does not earn the reward of {@code 3}. Only a
 * completion without tags gets a second chance, by mathematical equivalence instead of equality. {@link EquivalenceReward}
 * gives it to every completion.
 */
public final class AccuracyReward implements CompletionReward {
    private final BiPredicate<String, String> equivalence;

    /** Falls back on {@link AnswerVerifier#MATHEMATICAL} for completions without tags. */
    public AccuracyReward() {
        this(AnswerVerifier.MATHEMATICAL::verify);
    }

    /**
     * @param equivalence second chance for completions without tags, called with the whole completion and the gold
     *     answer; must not throw
     */
    public AccuracyReward(BiPredicate<String, String> equivalence) {
        this.equivalence = Objects.requireNonNull(equivalence, "equivalence");
    }

    @Override
    public String name() {
        return "accuracy";
    }

    @Override
    public float score(RewardInput input) {
        return isCorrect(input.completion(), input.sample().answer()) ? 1f : 0f;
    }

    /**
     * Whether the completion earns the reward.
     *
     * @param completion generated text
     * @param gold gold answer, with or without {@code <answer>} tags
     */
    public boolean isCorrect(String completion, String gold) {
        String wanted = AnswerTags.insideOrWhole(gold);
        return AnswerTags.inside(completion)
                .map(wanted::equals)
                .orElseGet(() -> AnswerTags.strip(completion).equals(wanted) || equivalence.test(completion, wanted));
    }
}
