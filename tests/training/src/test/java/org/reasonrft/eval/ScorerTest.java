package org.reasonrft.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.reasonrft.RealData;

class ScorerTest {
    private static final String GOLD = "change_color(2,'cyan'), change_position(2,'behind'), change_color(4,'brown')";
    private static final String PREDICTED = "change_color(2,'cyan'), change_position(2,'left'), change_color(4,'red')";

    private static double score(Scorer scorer, String completion, String gold) {
        return scorer.score(completion, Cases.sample(gold));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // ~ is a line feed. completion | gold | equivalence | accuracy | leading_number
                "<answer>3</answer> | 3 | 1 | 1 | 1",
                "<answer>~ 3 ~</answer> | 3 | 1 | 1 | 1",
                "3 | 3 | 1 | 1 | 1",
                "3 | <answer>3</answer> | 1 | 1 | 1",
                // The evaluator reads mathematics inside tags; the reward does not.
                "<answer>3.0</answer> | 3 | 1 | 0 | 1",
                "<answer>\\sqrt{12}</answer> | 2\\sqrt{3} | 1 | 0 | 0",
                // Without tags both read it.
                "the answer is 3.0 | 3 | 1 | 1 | 1",
                "<answer>4</answer> | 3 | 0 | 0 | 0",
                "<answer></answer> | 3 | 0 | 0 | 0",
                // Letters.
                "<answer>B</answer> | B | 1 | 1 | 1",
                "<answer>A</answer> | B | 0 | 0 | 0",
                // Where math_verify reads the leading number alone.
                "<answer>10</answer> | 10\\sqrt{2} | 0 | 0 | 1",
            })
    void texts(String completion, String gold, double equivalence, double accuracy, double leadingNumber) {
        String text = completion.replace('~', '\n');
        assertThat(score(Scorer.EQUIVALENCE, text, gold)).as("equivalence").isEqualTo(equivalence);
        assertThat(score(Scorer.ACCURACY, text, gold)).as("accuracy").isEqualTo(accuracy);
        assertThat(score(Scorer.LEADING_NUMBER, text, gold))
                .as("leading_number")
                .isEqualTo(leadingNumber);
    }

    @Test
    void workedExample() {
        String completion = "<think>look</think> <answer>" + PREDICTED + "</answer>";
        assertThat(score(Scorer.TRANCE, completion, GOLD)).isCloseTo(2 / 3.0, within(1e-6));
        assertThat(score(Scorer.TRANCE_PAPER, completion, GOLD)).isCloseTo(2 / 3.0, within(1e-6));
        assertThat(score(Scorer.TRANCE_EXACT, completion, GOLD)).isCloseTo(1 / 3.0, within(1e-6));
        assertThat(score(Scorer.TRANCE_MATCH, completion, GOLD)).isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // ~ is a line feed. completion | trance | trance_paper | trance_exact | trance_match; the gold answer
                // is f(1,'a'), g(2,'b')
                "<answer>g(2,'b'), f(1,'a')</answer> | 1 | 1 | 1 | 1",
                "g(2,'b') f(1,'a') | 1 | 1 | 1 | 1",
                // Only what thinks on several lines is read by the published form: the tags hide nothing from it.
                "<think>h(3,'c')</think>~<answer>~f(1,'a'), g(2,'b')~</answer> | 1 | 0.666667 | 1 | 1",
                "<think>f(1,'a') g(2,'b')</think>~<answer>~nothing~</answer> | 0 | 1 | 0 | 0",
                "<think>h(3,'c')</think><answer>f(1,'a'), g(2,'b')</answer> | 1 | 1 | 1 | 1",
                // Repetition costs nothing in the published form.
                "<answer>f(1,'a') g(2,'b') f(1,'a')</answer> | 0.666667 | 1 | 0.666667 | 0",
                // Too many, too few.
                "<answer>f(1,'a') g(2,'b') h(3,'c')</answer> | 0.666667 | 0.666667 | 0.666667 | 0",
                "<answer>f(1,'a')</answer> | 0.5 | 0.5 | 0.5 | 0",
                // Half right: same object, same value, same function.
                "<answer>f(1,'c') g(2,'b')</answer> | 0.75 | 0.75 | 0.5 | 0",
                "<answer>f(3,'a') g(2,'b')</answer> | 0.75 | 0.75 | 0.5 | 0",
                "<answer>f(3,'c') g(2,'b')</answer> | 0.625 | 0.625 | 0.5 | 0",
                "<answer>none</answer> | 0 | 0 | 0 | 0",
            })
    void transformations(String completion, double trance, double paper, double exact, double match) {
        String gold = "f(1,'a'), g(2,'b')";
        String text = completion.replace('~', '\n');
        assertThat(score(Scorer.TRANCE, text, gold)).as("trance").isCloseTo(trance, within(1e-5));
        assertThat(score(Scorer.TRANCE_PAPER, text, gold)).as("trance_paper").isCloseTo(paper, within(1e-5));
        assertThat(score(Scorer.TRANCE_EXACT, text, gold)).as("trance_exact").isCloseTo(exact, within(1e-5));
        assertThat(score(Scorer.TRANCE_MATCH, text, gold)).as("trance_match").isEqualTo(match);
    }

    @Test
    void noFunctionInTheGoldAnswerIsNothing() {
        for (Scorer scorer : Scorer.TRANCE.family()) {
            assertThat(score(scorer, "f(1,'a')", "nothing")).isZero();
        }
    }

    /** Answers of a model of two billion parameters that others scored: 96 of 200 are right. */
    @Test
    void recordedAnswersGetTheirRecordedAccuracy() throws IOException {
        JsonNode outputs = new ObjectMapper()
                .readTree(RealData.require("verifier/super-clevr-base-outputs.json")
                        .toFile())
                .get("results");
        double right = 0;
        for (JsonNode output : outputs) {
            right += score(
                    Scorer.EQUIVALENCE,
                    output.get("completion").asText(),
                    output.get("solution").asText());
        }
        assertThat(outputs).hasSize(200);
        assertThat(right).isEqualTo(96);
    }

    /** Whatever the scorer, a wholly right answer is recognised as such, also where the score is a sum of many parts. */
    @ParameterizedTest
    @EnumSource(names = {"TRANCE", "TRANCE_PAPER", "TRANCE_EXACT", "TRANCE_MATCH"})
    void allRightIsExactlyOne(Scorer scorer) {
        StringBuilder gold = new StringBuilder();
        for (int count = 1; count <= 60; count++) {
            gold.append("f(").append(count).append(",'a') ");
            assertThat(score(scorer, "<answer>" + gold + "</answer>", gold.toString()))
                    .isEqualTo(1);
        }
    }

    @Test
    void theTaskIsKnownByItsAnswers() {
        assertThat(Scorer.of(List.of(Cases.sample("3"), Cases.sample("B")))).isEqualTo(Scorer.EQUIVALENCE);
        assertThat(Scorer.of(List.of(Cases.sample(GOLD), Cases.sample("f(1,'a')"))))
                .isEqualTo(Scorer.TRANCE);
        assertThat(Scorer.of(List.of(Cases.sample(GOLD), Cases.sample("3")))).isEqualTo(Scorer.EQUIVALENCE);
        assertThat(Scorer.of(List.of())).isEqualTo(Scorer.EQUIVALENCE);
    }

    @ParameterizedTest
    @EnumSource
    void familyStartsWithItself(Scorer scorer) {
        assertThat(scorer.family()).first().isEqualTo(scorer);
        assertThat(scorer.family())
                .doesNotHaveDuplicates()
                .hasSize(scorer.label().startsWith("trance") ? 4 : 3)
                .allMatch(other ->
                        other.label().startsWith("trance") == scorer.label().startsWith("trance"));
    }
}
