package org.reasonrft.reward;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.reasonrft.data.AnswerTags;

/**
 * Reason-RFT's rewards for spatial transformation (TRANCE), where an answer is a list of functions such as
 * {@code change_color(2, 'cyan')}. Predicted and gold functions are compared as sets, their order does not count. They are
 * paired off greedily, each once: the identical ones first, then those with the same function and object, those
 * with the same function and value, those with the same function. The reward is
 *
 * <pre>{@code (unique / written) * sum of the credits / max(unique predicted, unique gold)}</pre>
 *
 * whose first factor punishes repetition. Without any function in the answer or in the gold answer it is 0. Within a tier
 * functions are paired in the order in which they were written; the reference leaves that to Python's hash order.
 */
public final class TransformationReward implements CompletionReward {
    // Nothing can be gained by starting inside a word, and giving back what was matched; without that a text without
    // end
    // is read in linear time. \s as in Python.
    private static final Pattern FUNCTION = Pattern.compile(
            "(?<!\\w)(\\w++)\\((\\w++),[\\s\\x1c-\\x1f]*+'?+(\\w++)'?+\\)", Pattern.UNICODE_CHARACTER_CLASS);

    /** What a pair earns that is not identical; an identical one earns 1. */
    public enum Credit {
        /** Half for the same function and object or value, a quarter for the same function. */
        PARTIAL("trance", 0.5, 0.5, 0.25),
        /** Nothing; the form that the published models were trained with. */
        EXACT("trance_exact", 0, 0, 0),
        /** Less than nothing: down to -0.5 in all. */
        PENALTY("trance_penalty", -0.25, -0.25, -0.5);

        private final String name;
        private final double sameObject;
        private final double sameValue;
        private final double sameFunction;

        Credit(String name, double sameObject, double sameValue, double sameFunction) {
            this.name = name;
            this.sameObject = sameObject;
            this.sameValue = sameValue;
            this.sameFunction = sameFunction;
        }
    }

    /** A function with its two arguments as text, for example {@code change_color}, {@code 2} and {@code cyan}. */
    public record Change(String function, String object, String value) {}

    private final Credit credit;

    public TransformationReward(Credit credit) {
        this.credit = Objects.requireNonNull(credit, "credit");
    }

    @Override
    public String name() {
        return credit.name;
    }

    @Override
    public float score(RewardInput input) {
        List<Change> written = changes(AnswerTags.insideOrWhole(input.completion()));
        Set<Change> predicted = new LinkedHashSet<>(written);
        return written.isEmpty()
                ? 0f
                : score(predicted, unique(input.sample().answer()), (double) predicted.size() / written.size(), credit);
    }

    /**
     * What the published evaluation gives a completion: the partial credit without punishing repetition, and tags count
     * only where they stand on one line. The answer of a model that writes them on several is therefore searched for in all
     * that it wrote, thinking included; published accuracies on TRANCE are means of this score.
     */
    public static float publishedScore(String completion, String gold) {
        return score(unique(AnswerTags.insideOneLine(completion).orElse(completion)), unique(gold), 1, Credit.PARTIAL);
    }

    /** The functions that a text holds, each once, in the order of first appearance. */
    public static Set<Change> unique(String text) {
        return new LinkedHashSet<>(changes(text));
    }

    private static float score(Set<Change> predicted, Set<Change> wanted, double factor, Credit credit) {
        if (predicted.isEmpty() || wanted.isEmpty()) {
            return 0f;
        }
        int most = Math.max(predicted.size(), wanted.size());
        List<Change> left = new ArrayList<>(predicted);
        List<Change> right = new ArrayList<>(wanted);
        double sum = pairs(left, right, Change::equals);
        sum += credit.sameObject
                * pairs(left, right, (a, b) -> a.function.equals(b.function) && a.object.equals(b.object));
        sum += credit.sameValue
                * pairs(left, right, (a, b) -> a.function.equals(b.function) && a.value.equals(b.value));
        sum += credit.sameFunction * pairs(left, right, (a, b) -> a.function.equals(b.function));
        return (float) (factor / most * sum);
    }

    private static List<Change> changes(String text) {
        List<Change> changes = new ArrayList<>();
        Matcher matcher = FUNCTION.matcher(text);
        while (matcher.find()) {
            changes.add(new Change(matcher.group(1), matcher.group(2), matcher.group(3)));
        }
        return changes;
    }

    /** Takes pairs that match out of both lists and counts them. */
    private static int pairs(List<Change> left, List<Change> right, BiPredicate<Change, Change> match) {
        int count = 0;
        for (int i = 0; i < left.size(); ) {
            Change change = left.get(i);
            Change partner = right.stream()
                    .filter(other -> match.test(change, other))
                    .findFirst()
                    .orElse(null);
            if (partner == null) {
                i++;
            } else {
                left.remove(i);
                right.remove(partner);
                count++;
            }
        }
        return count;
    }
}
