package org.reasonrft.eval;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.reasonrft.data.AnswerTags;
import org.reasonrft.reward.TransformationReward;
import org.reasonrft.reward.math.FinalAnswer;
import org.reasonrft.reward.math.MathEquivalence;

/**
 * The answer that most completions of a question agree on (self-consistency, Wang et al. 2023, arXiv:2203.11171).
 * Answers agree if they are mathematically equivalent; sequences of functions if they hold the same ones. Ties go to
 * the answer that came first, and a completion without any answer has no vote.
 */
public final class MajorityVote {
    private MajorityVote() {}

    /**
     * The first completion that gives the elected answer; the first of all if none has an answer.
     *
     * @param attempts at least one
     * @param scorer tells what kind of answers they are
     */
    public static Attempt elect(List<Attempt> attempts, Scorer scorer) {
        return scorer.readsTransformations()
                ? elect(attempts, attempt -> functions(attempt.completion()), Set::equals)
                : elect(attempts, attempt -> answer(attempt.completion()), MajorityVote::agree);
    }

    private interface Reading<T> {
        Optional<T> of(Attempt attempt);
    }

    private interface Agreement<T> {
        boolean between(T a, T b);
    }

    private static final class Party<T> {
        final T answer;
        final Attempt first;
        int votes = 1;

        Party(T answer, Attempt first) {
            this.answer = answer;
            this.first = first;
        }
    }

    private static <T> Attempt elect(List<Attempt> attempts, Reading<T> reading, Agreement<T> agreement) {
        List<Party<T>> parties = new ArrayList<>();
        for (Attempt attempt : attempts) {
            reading.of(attempt)
                    .ifPresent(answer -> parties.stream()
                            .filter(party -> agreement.between(answer, party.answer))
                            .findFirst()
                            .ifPresentOrElse(party -> party.votes++, () -> parties.add(new Party<>(answer, attempt))));
        }
        return parties.stream()
                .reduce((a, b) -> b.votes > a.votes ? b : a)
                .map(party -> party.first)
                .orElseGet(() -> attempts.get(0));
    }

    private static Optional<Set<TransformationReward.Change>> functions(String completion) {
        return Optional.of(TransformationReward.unique(AnswerTags.insideOrWhole(completion)))
                .filter(functions -> !functions.isEmpty());
    }

    private static Optional<String> answer(String completion) {
        return AnswerTags.inside(completion)
                .or(() -> FinalAnswer.of(completion))
                .or(() -> Optional.of(AnswerTags.strip(completion)))
                .filter(answer -> !answer.isEmpty());
    }

    private static boolean agree(String a, String b) {
        return a.equals(b) || MathEquivalence.equivalent(a, b);
    }
}
