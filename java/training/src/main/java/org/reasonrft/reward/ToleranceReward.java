package org.reasonrft.reward;

import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import org.reasonrft.data.AnswerTags;
import org.reasonrft.reward.math.MathEquivalence;

/**
 * Reason-RFT's reward for measured numbers: 1 while the answer is within 5 % of the gold number, 0 beyond 20 %, and half a
 * cosine wave between,
 * {@code (cos(pi (d - 0.05 |g|) / (0.15 |g|)) + 1) / 2} for a distance d = |p - g|.
 *
 * <p>At 5 % sharp it is 1, at 20 % sharp 0. Where the reference divides by zero or returns NaN the value is the sensible one:
 * a gold 0 is met by 0 alone, and an answer that is NaN or infinite earns 0. An answer that is no number earns 1 if it is
 * the gold text, otherwise 0. A completion without {@code <answer>} tags gets the second chance of {@link AccuracyReward}.
 */
public final class ToleranceReward implements CompletionReward {
    private static final double FULL = 0.05;
    private static final double NONE = 0.20;

    /** What counts as a number. */
    public enum Numbers {
        /** What Python's {@code float} accepts and nothing else, as in the reference: {@code 1e3} and {@code 1_000}. */
        PLAIN,
        /** Also what has a value as mathematics: {@code 8\sqrt{3}}, {@code \frac{1}{2}}, {@code 5 cm} in the gold unit. */
        MATHEMATICAL
    }

    private final Numbers numbers;

    /** Reads mathematics. */
    public ToleranceReward() {
        this(Numbers.MATHEMATICAL);
    }

    public ToleranceReward(Numbers numbers) {
        this.numbers = Objects.requireNonNull(numbers, "numbers");
    }

    @Override
    public String name() {
        return numbers == Numbers.PLAIN ? "tolerance_plain" : "tolerance";
    }

    @Override
    public float score(RewardInput input) {
        String completion = input.completion();
        String wanted = AnswerTags.insideOrWhole(input.sample().answer());
        Optional<String> tagged = AnswerTags.inside(completion);
        String answer = tagged.orElseGet(() -> AnswerTags.strip(completion));
        float reward = answer.equals(wanted) ? 1f : closeness(answer, wanted);
        boolean secondChance = reward == 0 && tagged.isEmpty();
        return secondChance && AnswerVerifier.MATHEMATICAL.verify(completion, wanted) ? 1f : reward;
    }

    private float closeness(String answer, String gold) {
        OptionalDouble p = DecimalText.value(answer);
        OptionalDouble g = DecimalText.value(gold);
        if (p.isPresent() && g.isPresent()) {
            return closeness(p.getAsDouble(), g.getAsDouble());
        }
        return numbers == Numbers.PLAIN
                ? 0f
                : MathEquivalence.numbers(answer, gold)
                        .map(both -> closeness(
                                both.answer().doubleValue(), both.gold().doubleValue()))
                        .orElse(0f);
    }

    private static float closeness(double answer, double gold) {
        double distance = Math.abs(answer - gold);
        double full = FULL * Math.abs(gold);
        double none = NONE * Math.abs(gold);
        if (answer == gold || distance < full) {
            return 1f;
        }
        // Written so that NaN falls here too.
        if (!(distance <= none) || none == full) {
            return 0f;
        }
        return (float) (0.5 * (Math.cos(Math.PI * (distance - full) / (none - full)) + 1));
    }
}
