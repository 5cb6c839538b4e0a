package org.reasonrft.reward;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.reasonrft.data.AnswerTags;
import org.reasonrft.reward.math.FinalAnswer;
import org.reasonrft.reward.math.MathEquivalence;

/** Two ways of judging a whole completion against a gold answer. Neither throws, whatever the texts are. */
public enum AnswerVerifier {
    /**
     * As mathematics: what stands inside the {@code <answer>} tags, or without tags the {@link FinalAnswer}, has to be
     * {@link MathEquivalence equivalent} to the gold answer.
     */
    MATHEMATICAL {
        @Override
        public boolean verify(String completion, String gold) {
            String wanted = AnswerTags.insideOrWhole(gold);
            return answer(completion)
                    .filter(answer -> MathEquivalence.equivalent(answer, wanted))
                    .isPresent();
        }
    },

    /**
     * For comparison with published scores: as Python's math_verify judges answers that are not marked as LaTeX. It reads
     * the number that such a text starts with and nothing of what follows, so that {@code 10} passes for
     * {@code 10\sqrt{2}} and {@code 2\sqrt{10}} for {@code 2\sqrt{13}}, and it reads nothing at all in {@code π} or
     * {@code \frac{√3}{2}}, which no answer can match.
     */
    LEADING_NUMBER {
        @Override
        public boolean verify(String completion, String gold) {
            Optional<String> wanted = leadingNumber(AnswerTags.insideOrWhole(gold));
            Optional<String> answer = answer(completion).flatMap(AnswerVerifier::leadingNumber);
            return wanted.isPresent() && answer.isPresent() && MathEquivalence.equivalent(answer.get(), wanted.get());
        }
    };

    private static final int LONGEST = 400;
    private static final Pattern NUMBERS_ALONE = Pattern.compile("-?\\(?-?\\d[\\d.\\s+*\u00d7/^()\u00f7-]*");
    private static final Pattern LEADING = Pattern.compile(
            "(?:^|[\\s=])[$\u20ac\u00a3\u00a5]?"
                    + "(-?\\d{1,3}(?:[ ,]\\d{3})+(?:\\.\\d+)?|-?\\d+(?:[.,]\\d+)?|\\.\\d+|-?\\\\frac\\{[^{}]+}\\{[^{}]+})(\\s*%)?");

    /**
     * Whether the completion gives the gold answer.
     *
     * @param completion a whole completion, with or without {@code <answer>} tags
     * @param gold the right answer, with or without tags
     */
    public abstract boolean verify(String completion, String gold);

    private static Optional<String> answer(String completion) {
        return AnswerTags.inside(completion).or(() -> FinalAnswer.of(completion));
    }

    private static Optional<String> leadingNumber(String text) {
        if (text.length() > LONGEST) {
            return Optional.empty();
        }
        if (NUMBERS_ALONE.matcher(text).matches()) {
            return Optional.of(text);
        }
        Matcher matcher = LEADING.matcher(text);
        String last = null;
        while (matcher.find()) {
            last = matcher.group(1).replace(" ", "") + (matcher.group(2) == null ? "" : "%");
        }
        return Optional.ofNullable(last);
    }
}
