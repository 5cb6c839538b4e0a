package org.reasonrft.eval;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleBiFunction;
import org.reasonrft.data.AnswerTags;
import org.reasonrft.data.Sample;
import org.reasonrft.reward.AccuracyReward;
import org.reasonrft.reward.AnswerVerifier;
import org.reasonrft.reward.CompletionReward;
import org.reasonrft.reward.EquivalenceReward;
import org.reasonrft.reward.RewardInput;
import org.reasonrft.reward.TransformationReward;
import org.reasonrft.reward.TransformationReward.Credit;

/**
 * How a completion is judged against the gold answer, from 0 to 1. Those for one kind of answer are reported
 * together: beside generating a completion, judging it costs nothing.
 */
public enum Scorer {
    /**
     * The reference's evaluation of counting and geometry: 1 if what stands in the tags, or the whole text, is the
     * gold answer or mathematically equivalent to it. Unlike in training, mathematics is read inside tags too.
     */
    EQUIVALENCE(reward(new EquivalenceReward()), false),
    /** The reward of training: inside tags only the same text counts. */
    ACCURACY(reward(new AccuracyReward()), false),
    /** {@link #EQUIVALENCE} that reads formulas no further than Python's math_verify does, for published scores. */
    LEADING_NUMBER(Scorer::leadingNumber, false),
    /** The share of right functions of a spatial transformation with partial credit, as training rewards it. */
    TRANCE(reward(new TransformationReward(Credit.PARTIAL)), true),
    /** The same as the published evaluation computes it: {@link TransformationReward#publishedScore}. */
    TRANCE_PAPER((completion, sample) -> TransformationReward.publishedScore(completion, sample.answer()), true),
    /** The share of right functions without partial credit: the reward that the published models were trained with. */
    TRANCE_EXACT(reward(new TransformationReward(Credit.EXACT)), true),
    /** 1 if the functions are the gold ones, each once and in any order. */
    TRANCE_MATCH((completion, sample) -> TRANCE_EXACT.score(completion, sample) == 1 ? 1 : 0, true);

    private final ToDoubleBiFunction<String, Sample> score;
    private final boolean transformations;
    private final String label = name().toLowerCase(Locale.ROOT);

    Scorer(ToDoubleBiFunction<String, Sample> score, boolean transformations) {
        this.score = score;
        this.transformations = transformations;
    }

    private static ToDoubleBiFunction<String, Sample> reward(CompletionReward reward) {
        return (completion, sample) -> reward.score(new RewardInput(completion, sample));
    }

    private static double leadingNumber(String completion, Sample sample) {
        String gold = sample.answer();
        boolean same = AnswerTags.insideOrWhole(completion).equals(AnswerTags.insideOrWhole(gold));
        return same || AnswerVerifier.LEADING_NUMBER.verify(completion, gold) ? 1 : 0;
    }

    /**
     * The scorer of the task that the samples are of: {@link #TRANCE} if every gold answer holds a function such as
     * {@code change_color(2, 'cyan')}, else {@link #EQUIVALENCE}.
     */
    public static Scorer of(List<Sample> samples) {
        boolean transformations = !samples.isEmpty()
                && samples.stream()
                        .noneMatch(sample ->
                                TransformationReward.unique(sample.answer()).isEmpty());
        return transformations ? TRANCE : EQUIVALENCE;
    }

    /** All scorers for the same kind of answer, this one first. */
    public List<Scorer> family() {
        return Arrays.stream(values())
                .filter(other -> other.transformations == transformations)
                .sorted((a, b) -> a == b ? 0 : a == this ? -1 : b == this ? 1 : a.compareTo(b))
                .toList();
    }

    /** From 0 to 1; 1 is a right answer, whichever scorer it is. */
    public double score(String completion, Sample sample) {
        return score.applyAsDouble(completion, sample);
    }

    /** Whether answers are sequences of functions. */
    boolean readsTransformations() {
        return transformations;
    }

    /** Its name in files and options, for example {@code trance_paper}. */
    public String label() {
        return label;
    }
}
