package org.reasonrft.data.counting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reasonrft.data.Sample;

class TeacherTest {
    private static final int COUNT = 2000;

    @Test
    void aTeacherWithoutFaultTellsTheTruth() {
        CountingSpec spec = new CountingSpec(CountingSplit.CHAINS, 1, 5);
        for (int i = 0; i < 300; i++) {
            CountingGenerator.Rendered rendered = CountingGenerator.render(spec, i);
            Sample sample = rendered.sample();
            assertThat(Integer.parseInt(sample.answer()))
                    .isEqualTo(QuestionEvaluator.answer(sample.problem(), rendered.scene()));
            assertThat(clauses(sample.chainOfThought())).isEqualTo(clauses(rendered.scene()));
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.3, 0.6, 1})
    void overlooksTheGivenShareOfHardObjectsAndNoOther(double overlooking) {
        CountingSpec spec = new CountingSpec(CountingSplit.CHAINS, 1, 5).withOverlooking(overlooking);
        int hard = 0;
        int missed = 0;
        for (int i = 0; i < COUNT; i++) {
            CountingGenerator.Rendered rendered = CountingGenerator.render(spec, i);
            List<String> told = clauses(rendered.sample().chainOfThought());
            boolean onlyHard = rendered.scene().objects().stream().allMatch(object -> Teacher.isHard(object.color()));
            for (SceneObject object : rendered.scene().objects()) {
                boolean isTold = told.contains(Captions.clause(object));
                if (!Teacher.isHard(object.color())) {
                    assertThat(isTold).isTrue();
                } else if (!onlyHard) {
                    hard++;
                    missed += isTold ? 0 : 1;
                }
            }
            assertThat(told).as("a chain is never empty").isNotEmpty();
        }
        assertThat(missed / (double) hard).isCloseTo(overlooking, within(0.04));
    }

    /** The chain ends with the number that is the answer, right or wrong. */
    @Test
    void theAnswerIsTheTeachersOwn() {
        CountingSpec spec = new CountingSpec(CountingSplit.CHAINS, 1, 5).withOverlooking(0.6);
        int wrong = 0;
        for (int i = 0; i < COUNT; i++) {
            CountingGenerator.Rendered rendered = CountingGenerator.render(spec, i);
            Sample sample = rendered.sample();
            assertThat(sample.chainOfThought()).matches(".*(yes|no)" + sample.answer());
            wrong += Integer.parseInt(sample.answer()) == QuestionEvaluator.answer(sample.problem(), rendered.scene())
                    ? 0
                    : 1;
        }
        assertThat(wrong / (double) COUNT).isBetween(0.25, 0.45);
    }

    @Test
    void scenesQuestionsAndOtherSplitsDoNotDependOnTheTeacher() {
        for (CountingSplit split : CountingSplit.values()) {
            CountingSpec careful = new CountingSpec(split, 1, 8);
            for (int i = 0; i < 100; i++) {
                CountingGenerator.Rendered one = CountingGenerator.render(careful, i);
                CountingGenerator.Rendered other = CountingGenerator.render(careful.withOverlooking(1), i);
                assertThat(other.scene()).isEqualTo(one.scene());
                assertThat(other.sample().problem()).isEqualTo(one.sample().problem());
                if (split != CountingSplit.CHAINS) {
                    assertThat(other.sample()).isEqualTo(one.sample());
                }
            }
        }
    }

    private static List<String> clauses(Scene scene) {
        return scene.objects().stream().map(Captions::clause).toList();
    }

    /** What a chain tells of, without what a question added. */
    private static List<String> clauses(String chain) {
        String[] words = chain.split(" ");
        return IntStream.range(0, words.length / 4)
                .filter(clause -> !words[4 * clause].equals("added"))
                .mapToObj(clause -> String.join(" ", List.of(words).subList(4 * clause, 4 * clause + 3)))
                .toList();
    }
}
