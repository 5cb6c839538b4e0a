package org.reasonrft.reward;

/**
 * 1 if the completion's answer is the gold answer or mathematically equivalent to it, otherwise 0. Unlike
 * {@link AccuracyReward} it reads mathematics inside {@code <answer>} tags too: {@code 3.0} is {@code 3} and
 * {@code \sqrt{12}} is {@code 2\sqrt{3}}.
 */
public final class EquivalenceReward implements CompletionReward {
    private static final AccuracyReward ACCURACY = new AccuracyReward();

    @Override
    public String name() {
        return "equivalence";
    }

    @Override
    public float score(RewardInput input) {
        String completion = input.completion();
        String gold = input.sample().answer();
        boolean correct = ACCURACY.isCorrect(completion, gold) || AnswerVerifier.MATHEMATICAL.verify(completion, gold);
        return correct ? 1f : 0f;
    }
}
