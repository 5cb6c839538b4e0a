package org.reasonrft.data.counting;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.ObjIntConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.reasonrft.data.generated.SeededRandom;

class CountingQuestionTest {
    private static final int COUNT = 3000;

    @ParameterizedTest
    @EnumSource(
            value = CountingSplit.class,
            names = {"TRAIN", "TEST", "SHIFT"})
    void anotherReaderOfTheQuestionGetsTheSameAnswer(CountingSplit split) {
        forEach(
                split,
                (posed, index) -> assertThat(posed.question().answer(posed.scene()))
                        .as("%s %d: %s", split, index, posed.question().text())
                        .isEqualTo(QuestionEvaluator.answer(posed.question().text(), posed.scene()))
                        .isBetween(0, 9));
    }

    /** The chain must be true clause by clause: it names the objects that are there, and its counts add up. */
    @ParameterizedTest
    @EnumSource(
            value = CountingSplit.class,
            names = {"TRAIN", "TEST", "SHIFT"})
    void theChainOfThoughtListsTheSceneAndLeadsToTheAnswer(CountingSplit split) {
        forEach(split, (posed, index) -> {
            Question question = posed.question();
            String chain = question.chainOfThought(posed.scene());
            String[] words = chain.split(" ");
            List<String> seen = new ArrayList<>();
            int count = 0;
            for (int i = 0; i < words.length; i += 4) {
                String clause = words[i] + " " + words[i + 1] + " " + words[i + 2];
                if (words[i].equals("added")) {
                    assertThat(i).isZero();
                    assertThat(question.text()).startsWith("Add ").contains(words[i + 1] + " " + words[i + 2]);
                    count += words[3].startsWith("yes") ? question.addedCount() : 0;
                } else {
                    seen.add(clause);
                    count += words[i + 3].startsWith("yes") ? 1 : 0;
                }
                assertThat(words[i + 3]).as(chain).matches("(yes|no)" + count);
            }
            assertThat(seen)
                    .isEqualTo(posed.scene().objects().stream()
                            .map(Captions::clause)
                            .toList());
            assertThat(count).isEqualTo(question.answer(posed.scene()));
        });
    }

    @ParameterizedTest
    @EnumSource(
            value = CountingSplit.class,
            names = {"TRAIN", "TEST", "SHIFT"})
    void noAnswerIsCommonEnoughToGuess(CountingSplit split) {
        int[] all = new int[10];
        Map<QuestionType, int[]> byType = new EnumMap<>(QuestionType.class);
        forEach(split, (posed, index) -> {
            int answer = posed.question().answer(posed.scene());
            all[answer]++;
            byType.computeIfAbsent(posed.question().type(), type -> new int[10])[answer]++;
        });
        assertThat(majorityShare(all)).as("majority share over all types").isLessThan(0.20);
        assertThat(byType)
                .hasSize(QuestionType.values().length)
                .allSatisfy((type, answers) -> assertThat(majorityShare(answers))
                        .as("majority share of %s", type)
                        .isLessThan(0.30));
        assertThat(all).as("every answer from 0 to 9 occurs").doesNotContain(0);
    }

    @Test
    void theNumberOfObjectsDoesNotGiveTheAnswerAway() {
        int[] same = new int[1];
        forEach(CountingSplit.TRAIN, (posed, index) -> {
            int present = posed.scene().objects().size() + posed.question().addedCount();
            same[0] += posed.question().answer(posed.scene()) == present ? 1 : 0;
        });
        assertThat(same[0] / (double) COUNT).isLessThan(0.25);
    }

    @Test
    void trainingNeverMentionsOrShowsAHeldOutPair() {
        for (CountingSplit split : List.of(CountingSplit.TRAIN, CountingSplit.TEST)) {
            forEach(split, (posed, index) -> {
                assertThat(posed.scene().objects()).noneMatch(SceneObject::isHeldOutPair);
                Question question = posed.question();
                List<AttributeFilter> filters = new ArrayList<>(question.removed());
                filters.add(question.asked());
                filters.add(question.added() == null ? AttributeFilter.ANY : question.added());
                assertThat(filters).noneMatch(AttributeFilter::isHeldOutPair);
            });
        }
    }

    @Test
    void shiftShowsAndAsksForHeldOutPairs() {
        forEach(CountingSplit.SHIFT, (posed, index) -> {
            List<SceneObject> objects = posed.scene().objects();
            long heldOut = objects.stream().filter(SceneObject::isHeldOutPair).count();
            assertThat(2 * heldOut).isGreaterThanOrEqualTo(objects.size());
            assertThat(posed.question().concernsHeldOutPair(posed.scene()))
                    .as(posed.question().text())
                    .isTrue();
        });
    }

    @Test
    void sixPairsAreHeldOutAndEveryColourAndShapeIsTrainedOn() {
        int heldOut = 0;
        for (ObjectColor color : ObjectColor.values()) {
            int familiar = 0;
            for (ObjectShape shape : ObjectShape.values()) {
                familiar += HeldOutPairs.contains(color, shape) ? 0 : 1;
            }
            assertThat(familiar).isEqualTo(3);
            heldOut += 4 - familiar;
        }
        assertThat(heldOut).isEqualTo(6);
    }

    @Test
    void familiarAndShiftedBackgroundsDiffer() {
        forEach(
                CountingSplit.TRAIN,
                (posed, index) ->
                        assertThat(isFamiliar(posed.scene().background())).isTrue());
        forEach(
                CountingSplit.SHIFT,
                (posed, index) ->
                        assertThat(isFamiliar(posed.scene().background())).isFalse());
    }

    /** Light and nearly gray, plain or a soft gradient. */
    private static boolean isFamiliar(Background background) {
        return (background.pattern() == Background.Pattern.PLAIN
                        || background.pattern() == Background.Pattern.VERTICAL_GRADIENT)
                && isLightGray(background.first());
    }

    private static boolean isLightGray(int rgb) {
        int max = Math.max(rgb >> 16 & 0xFF, Math.max(rgb >> 8 & 0xFF, rgb & 0xFF));
        int min = Math.min(rgb >> 16 & 0xFF, Math.min(rgb >> 8 & 0xFF, rgb & 0xFF));
        return min >= 190 && max - min <= 10;
    }

    private static double majorityShare(int[] counts) {
        int most = 0;
        int total = 0;
        for (int count : counts) {
            most = Math.max(most, count);
            total += count;
        }
        return most / (double) total;
    }

    private static void forEach(CountingSplit split, ObjIntConsumer<QuestionSampler.Posed> check) {
        CountingSpec spec = new CountingSpec(split, COUNT, 5);
        for (int i = 0; i < COUNT; i++) {
            check.accept(QuestionSampler.sample(SeededRandom.of(spec.seed(), split.label(), i), spec), i);
        }
    }
}
