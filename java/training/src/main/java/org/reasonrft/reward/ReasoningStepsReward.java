package org.reasonrft.reward;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A third for each mark of a reasoning step, at most 1: {@code Step 1:}, list items on a new line, {@code First,},
 * {@code Second,}, {@code Next,}, {@code Finally,}, and {@code 1.} at the very start of the text. As in the reference,
 * numbered items on later lines do not count.
 */
public final class ReasoningStepsReward implements CompletionReward {
    private static final int ENOUGH = 3;
    private static final Pattern STEP = Pattern.compile(
            "Step \\d++:|^\\d++\\.|\n-|\n\\*|First,|Second,|Next,|Finally,", Pattern.UNICODE_CHARACTER_CLASS);

    @Override
    public String name() {
        return "reasoning_steps";
    }

    @Override
    public float score(RewardInput input) {
        Matcher matcher = STEP.matcher(input.completion());
        int steps = 0;
        while (steps < ENOUGH && matcher.find()) {
            steps++;
        }
        return steps / (float) ENOUGH;
    }
}
