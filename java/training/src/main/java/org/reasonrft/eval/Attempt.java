package org.reasonrft.eval;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.reasonrft.data.Sample;
import org.reasonrft.reward.FormatReward;
import org.reasonrft.reward.RewardInput;

/**
 * One completion of a question, judged.
 *
 * @param completion decoded text without special tokens
 * @param scores from 0 to 1 by scorer
 * @param formatted whether it earns the format reward
 * @param tokens generated tokens, the end of turn included
 * @param finished false when it was cut off at the length limit
 */
public record Attempt(String completion, Map<Scorer, Double> scores, boolean formatted, int tokens, boolean finished) {
    private static final FormatReward FORMAT = new FormatReward();

    public Attempt {
        scores = Collections.unmodifiableMap(new EnumMap<>(scores));
        if (tokens < 0) {
            throw new IllegalArgumentException("tokens: got " + tokens + ", wanted 0 or more");
        }
    }

    /** Judges a completion by each of the scorers. */
    public static Attempt judge(String completion, Sample sample, List<Scorer> scorers, int tokens, boolean finished) {
        Map<Scorer, Double> scores = new EnumMap<>(Scorer.class);
        scorers.forEach(scorer -> scores.put(scorer, scorer.score(completion, sample)));
        boolean formatted = FORMAT.score(List.of(new RewardInput(completion, sample)))[0] == 1;
        return new Attempt(completion, scores, formatted, tokens, finished);
    }

    /**
     * What a scorer gives it.
     *
     * @throws IllegalArgumentException if it was not judged by that one
     */
    public double score(Scorer scorer) {
        Double score = scores.get(scorer);
        if (score == null) {
            throw new IllegalArgumentException("scorer: got " + scorer.label() + ", judged by " + scores.keySet());
        }
        return score;
    }

    /** Whether a scorer finds nothing wrong with it. */
    public boolean isRight(Scorer scorer) {
        return score(scorer) == 1;
    }
}
