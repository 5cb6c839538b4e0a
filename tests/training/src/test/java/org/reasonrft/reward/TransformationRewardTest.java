package org.reasonrft.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.reasonrft.reward.TransformationReward.Credit;

class TransformationRewardTest {
    private static final String GOLD = "change_color(2,'cyan'), change_position(2,'behind'), change_color(4,'brown')";

    /** The worked example: one identical, one same object, one same object. */
    @Test
    void workedExample() {
        String predicted = "<answer>change_color(2,'cyan'), change_position(2,'left'), change_color(4,'red')</answer>";
        assertThat(score(Credit.PARTIAL, predicted, GOLD)).isCloseTo(0.6667f, within(1e-4f));
        assertThat(score(Credit.EXACT, predicted, GOLD)).isCloseTo(0.3333f, within(1e-4f));
        assertThat(score(Credit.PENALTY, predicted, GOLD)).isCloseTo(0.1667f, within(1e-4f));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // Each tier by itself.
                "f(1,'a')                  | f(1,'a') | 1    | 1   | 1",
                "f(1,'b')                  | f(1,'a') | 0.5  | 0   | -0.25",
                "f(2,'a')                  | f(1,'a') | 0.5  | 0   | -0.25",
                "f(2,'b')                  | f(1,'a') | 0.25 | 0   | -0.5",
                "g(1,'a')                  | f(1,'a') | 0    | 0   | 0",
                // Order does not count.
                "g(2,'b'), f(1,'a')        | f(1,'a'), g(2,'b') | 1 | 1 | 1",
                // Too many and too few.
                "f(1,'a'), g(2,'b')        | f(1,'a') | 0.5 | 0.5 | 0.5",
                "f(1,'a')                  | f(1,'a'), g(2,'b') | 0.5 | 0.5 | 0.5",
                // Repetition: a factor of 1/2, of 2/3.
                "f(1,'a') f(1,'a')         | f(1,'a') | 0.5 | 0.5 | 0.5",
                "f(1,'a') f(1,'a') g(2,'b')| f(1,'a'), g(2,'b') | 0.66667 | 0.66667 | 0.66667",
                // Repetition in the gold answer is none.
                "f(1,'a')                  | f(1,'a'), f(1,'a') | 1 | 1 | 1",
                // An item is used once: the second f(1) is left to the tier of the same function.
                "f(1,'b'), f(1,'c')        | f(1,'a'), f(2,'d') | 0.375 | 0 | -0.375",
                // An identical pair goes before one of the same object.
                "f(1,'b'), f(1,'a')        | f(1,'a'), f(3,'e') | 0.625 | 0.5 | 0.25",
                // Writing.
                "f(1, 'a')                 | f(1,'a') | 1 | 1 | 1",
                "f(1,a)                    | f(1,'a') | 1 | 1 | 1",
                "f(1,'a)                   | f(1,'a') | 1 | 1 | 1",
                "f(1,\"a\")                | f(1,'a') | 0 | 0 | 0",
                "f(1,'front-left')         | f(1,'front_left') | 0 | 0 | 0",
                "f(1 ,'a')                 | f(1,'a') | 0 | 0 | 0",
                "f (1,'a')                 | f(1,'a') | 0 | 0 | 0",
                "F(1,'a')                  | f(1,'a') | 0 | 0 | 0",
                "nothing                   | f(1,'a') | 0 | 0 | 0",
                "f(1,'a')                  | nothing  | 0 | 0 | 0",
            })
    void tiers(String predicted, String gold, float partial, float exact, float penalty) {
        for (String completion :
                new String[] {predicted, "<think>g(9,'z')</think><answer>\n" + predicted + "\n</answer>"}) {
            assertThat(score(Credit.PARTIAL, completion, gold)).isCloseTo(partial, within(1e-4f));
            assertThat(score(Credit.EXACT, completion, gold)).isCloseTo(exact, within(1e-4f));
            assertThat(score(Credit.PENALTY, completion, gold)).isCloseTo(penalty, within(1e-4f));
        }
    }

    /** Without tags the whole text is read, thinking and all. */
    @Test
    void withoutTagsAllCounts() {
        assertThat(score(Credit.EXACT, "<think>g(9,'z')</think> f(1,'a')", "f(1,'a')"))
                .isEqualTo(0.5f);
        assertThat(score(Credit.EXACT, "<think>f(1,'a')</think><answer>none</answer>", "f(1,'a')"))
                .isEqualTo(0f);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "<answer></answer>",
                "(",
                "f(",
                "f(1,",
                "f(1,'a'",
                "(1,'a')",
                "f(,'a')",
                "f(1,'')",
                "f(1,''a'')"
            })
    void nothingToRead(String completion) {
        assertThat(score(Credit.PARTIAL, completion, GOLD)).isEqualTo(0f);
        assertThat(score(Credit.PENALTY, completion, GOLD)).isEqualTo(0f);
    }

    @Test
    void namesAndRange() {
        assertThat(new TransformationReward(Credit.PARTIAL).name()).isEqualTo("trance");
        assertThat(new TransformationReward(Credit.EXACT).name()).isEqualTo("trance_exact");
        assertThat(new TransformationReward(Credit.PENALTY).name()).isEqualTo("trance_penalty");
    }

    /** Random answers: within the bounds of each form, 1 for the gold answer in any order, never more for more repetition. */
    @Test
    void laws() {
        Random random = new Random(11);
        for (int i = 0; i < 5_000; i++) {
            List<String> gold = functions(random, 1 + random.nextInt(4));
            List<String> predicted = functions(random, 1 + random.nextInt(6));
            String wanted = String.join(", ", gold);
            String completion = String.join(", ", predicted);
            float partial = score(Credit.PARTIAL, completion, wanted);
            float exact = score(Credit.EXACT, completion, wanted);
            float penalty = score(Credit.PENALTY, completion, wanted);
            assertThat(exact).isBetween(0f, partial);
            assertThat(partial).isLessThanOrEqualTo(1f);
            assertThat(penalty).isBetween(-0.5f, exact);
            assertThat(score(Credit.EXACT, completion + " " + predicted.get(0), wanted))
                    .isLessThanOrEqualTo(exact);
            List<String> unique = new ArrayList<>(new java.util.LinkedHashSet<>(gold));
            Collections.shuffle(unique, random);
            assertThat(score(Credit.PENALTY, String.join(" ", unique), wanted)).isEqualTo(1f);
        }
    }

    /** The pattern that makes no text slow reads what the reference's pattern reads. */
    @Test
    void readsWhatTheReferenceReads() {
        Pattern reference = Pattern.compile("(\\w+)\\((\\w+),\\s*'?(\\w+)'?\\)", Pattern.UNICODE_CHARACTER_CLASS);
        String[] parts = {"f", "g", "(", ")", "1", ",", "'", " ", "a", "_", "\"", "é", "f(1,", "a)"};
        Random random = new Random(7);
        int read = 0;
        for (int i = 0; i < 100_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int k = random.nextInt(14); k >= 0; k--) {
                text.append(parts[random.nextInt(parts.length)]);
            }
            Matcher matcher = reference.matcher(text);
            boolean wanted = matcher.find();
            String first =
                    wanted ? matcher.group(1) + "(" + matcher.group(2) + ",'" + matcher.group(3) + "')" : "f(1,'a')";
            read += wanted ? 1 : 0;
            // Against the first function it holds, a text scores something exactly if it holds it.
            assertThat(score(Credit.EXACT, text.toString(), first) > 0)
                    .as(text.toString())
                    .isEqualTo(wanted);
        }
        assertThat(read).isGreaterThan(1_000);
    }

    @Test
    void aRunawayCompletionIsJudgedAtOnce() {
        Assertions.assertTimeout(Duration.ofSeconds(3), () -> {
            assertThat(score(Credit.PARTIAL, "a".repeat(500_000), GOLD)).isEqualTo(0f);
            assertThat(score(Credit.PARTIAL, "a(".repeat(200_000), GOLD)).isEqualTo(0f);
            assertThat(score(Credit.PARTIAL, "a(b," + " ".repeat(500_000), GOLD))
                    .isEqualTo(0f);
            assertThat(score(Credit.PARTIAL, "change_color(2,'cyan') ".repeat(20_000), GOLD))
                    .isLessThan(1e-4f);
        });
    }

    private static List<String> functions(Random random, int count) {
        List<String> functions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            functions.add("fg".charAt(random.nextInt(2)) + "(" + random.nextInt(3) + ",'"
                    + "abc".charAt(random.nextInt(3)) + "')");
        }
        return functions;
    }

    private static float score(Credit credit, String completion, String gold) {
        return RewardCases.score(new TransformationReward(credit), completion, gold);
    }
}
