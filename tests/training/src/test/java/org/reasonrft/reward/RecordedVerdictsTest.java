package org.reasonrft.reward;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.reasonrft.RealData;
import org.reasonrft.data.AnswerTags;

/**
 * Outputs that others recorded with their verdicts: 754 geometry answers of a trained Qwen2-VL-7B, judged by math_verify, and
 * 200 counting answers of Qwen2-VL-2B.
 */
class RecordedVerdictsTest {
    private static final String READ_TO_THE_ROOT =
            "the recorded verdict is wrong: outside LaTeX marks the gold answer was read up to its root sign";
    private static final String NOTHING_READ =
            "the recorded verdict is wrong: outside LaTeX marks nothing was read in the gold answer";

    /** An output on which the verdicts differ. */
    private record Difference(String answer, String gold, boolean recorded, String why) {}

    private static List<Difference> differences() {
        return List.of(
                new Difference("10.0", "10√{2}", true, READ_TO_THE_ROOT),
                new Difference("2√10", "2√{13}", true, READ_TO_THE_ROOT),
                new Difference("2.0", "2√{2}-2", true, READ_TO_THE_ROOT),
                new Difference("1.5", "\\frac{3}{2}√{3}", true, READ_TO_THE_ROOT),
                new Difference("5", "5√{3}", true, READ_TO_THE_ROOT),
                new Difference("4.0", "4√{3}", true, READ_TO_THE_ROOT),
                new Difference("6.0", "6√{2}-6", true, READ_TO_THE_ROOT),
                new Difference("60sqrt(3)m", "60√{3}+1", true, READ_TO_THE_ROOT),
                new Difference("3", "3√{3}cm", true, READ_TO_THE_ROOT),
                new Difference("2√2", "2√{6}m", true, READ_TO_THE_ROOT),
                new Difference("6.0", "6√{5}m", true, READ_TO_THE_ROOT),
                new Difference("3.0", "3√{3}", true, READ_TO_THE_ROOT),
                new Difference("10.0", "10√{3}cm", true, READ_TO_THE_ROOT),
                new Difference(
                        "10√3", "10", true, "the recorded verdict is wrong: the answer was read up to its root sign"),
                new Difference("sqrt(3)/2", "\\frac{√{3}}{2}", false, NOTHING_READ),
                new Difference("pi", "π", false, NOTHING_READ),
                new Difference(
                        "sqrt(1/3)", "\\frac{1}{3}", true, "the recorded verdict is wrong: the root was not read"),
                new Difference(
                        "16.2",
                        "16",
                        true,
                        "the recorded verdict comes from 16.0 in the thinking, not from the answer"),
                new Difference(
                        "",
                        "3π",
                        true,
                        "there is no answer: the recorded verdict comes from a 3 in a text that was cut off"));
    }

    /** What the mathematical verdict differs in, one by one, whether the recorded outputs are at hand or not. */
    @ParameterizedTest
    @MethodSource("differences")
    void theMathematicalVerdictIsRight(Difference difference) {
        String completion = "<think>x</think><answer>" + difference.answer() + "</answer>";
        assertThat(AnswerVerifier.MATHEMATICAL.verify(completion, difference.gold()))
                .as(difference.why())
                .isEqualTo(!difference.recorded());
    }

    /** {@value #READ_TO_THE_ROOT}: so does the verdict for comparison. */
    @Test
    void theVerdictForComparisonReadsNumbersAsTheRecordedOneDid() {
        for (Difference difference : differences()) {
            if (difference.why().equals(READ_TO_THE_ROOT) || difference.why().equals(NOTHING_READ)) {
                String completion = "<think>x</think><answer>" + difference.answer() + "</answer>";
                assertThat(AnswerVerifier.LEADING_NUMBER.verify(completion, difference.gold()))
                        .as(difference.toString())
                        .isEqualTo(difference.recorded());
            }
        }
    }

    @Test
    void geometry() throws IOException {
        JsonNode outputs = outputs("verifier/geoqa-grpo-outputs.json");
        assertThat(outputs).hasSize(754);
        List<String> unexplained = new ArrayList<>();
        List<String> notForComparison = new ArrayList<>();
        Set<String> explained = new HashSet<>();
        differences().forEach(difference -> explained.add(difference.answer() + " | " + difference.gold()));
        int differing = 0;
        for (JsonNode output : outputs) {
            String completion = output.get("completion").asText();
            String gold = output.get("solution").asText();
            boolean recorded = output.get("is_correct").asBoolean();
            String line = AnswerTags.inside(completion).orElse("") + " | " + gold;
            if (AnswerVerifier.MATHEMATICAL.verify(completion, gold) != recorded) {
                differing++;
                if (!explained.contains(line)) {
                    unexplained.add(line);
                }
            }
            if (AnswerVerifier.LEADING_NUMBER.verify(completion, gold) != recorded) {
                notForComparison.add(line);
            }
        }
        assertThat(unexplained).isEmpty();
        assertThat(differing).isEqualTo(20);
        // 99.6 % are the same.
        assertThat(notForComparison).containsExactly("sqrt(1/3) | \\frac{1}{3}", " | 3π", "16.2 | 16");
    }

    @Test
    void counting() throws IOException {
        JsonNode outputs = outputs("verifier/super-clevr-base-outputs.json");
        assertThat(outputs).hasSize(200);
        int correct = 0;
        for (JsonNode output : outputs) {
            String gold = output.get("solution").asText();
            boolean verdict =
                    AnswerVerifier.MATHEMATICAL.verify(output.get("completion").asText(), gold);
            assertThat(verdict)
                    .as(output.toString())
                    .isEqualTo(output.get("extracted_answer").asText().equals(gold));
            correct += verdict ? 1 : 0;
        }
        assertThat(100.0 * correct / outputs.size()).isEqualTo(48.0);
    }

    private static JsonNode outputs(String name) throws IOException {
        return new ObjectMapper().readTree(RealData.require(name).toFile()).get("results");
    }
}
