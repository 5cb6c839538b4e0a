package org.reasonrft.data.geometry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.reasonrft.data.Sample;
import org.reasonrft.data.generated.Split;
import org.reasonrft.data.generated.Split.Purpose;

/** What can be had without looking at the picture. */
class GuesserTest {
    private static final int SEEN = 4000;
    private static final int ASKED = 1000;

    private final Map<String, Map<String, Integer>> counts = new HashMap<>();

    /** @param answer the value, also where a letter is wanted */
    private record Question(String text, String kind, String form, String answer, String gold, String options) {
        static Question of(GeometryGenerator.Composed composed) {
            Sample sample = composed.sample();
            int choices = sample.problem().indexOf(" Choices:");
            return new Question(
                    choices < 0 ? sample.problem() : sample.problem().substring(0, choices),
                    sample.extra("type").orElseThrow(),
                    sample.extra("form").orElseThrow(),
                    composed.problem().answer().text(),
                    sample.answer(),
                    choices < 0 ? "" : sample.problem().substring(choices));
        }

        boolean offers(String value) {
            return options.isEmpty() || options.contains(": " + value + ",") || options.contains(": " + value + ".");
        }
    }

    private static List<Question> questions(GeometrySpec spec, Purpose purpose, int count) {
        GeometryGenerator generator = new GeometryGenerator(spec);
        return IntStream.range(0, count)
                .mapToObj(i -> Question.of(generator.compose(Split.of(purpose), 1, i)))
                .toList();
    }

    /**
     * The commonest answer of a kind and form, and the commonest answer to the very same text that is among the choices.
     * The bounds are the measured scores and five standard errors.
     */
    @ParameterizedTest
    @CsvSource({"1, 0.25, 0.57", "3, 0.25, 0.53"})
    void guessersWhoSeeNoPictureStayFarFromRight(int level, double byKind, double byText) {
        GeometrySpec spec = new GeometrySpec(level, null, 64, 0);
        for (Question question : questions(spec, Purpose.TRAIN, SEEN)) {
            count(question.kind() + question.form(), question.gold());
            count(question.text(), question.answer());
        }
        int kindRight = 0;
        int textRight = 0;
        for (Question question : questions(spec, Purpose.TEST, ASKED)) {
            kindRight += commonest(question.kind() + question.form(), question, false)
                            .equals(question.gold())
                    ? 1
                    : 0;
            textRight += commonest(question.text(), question, true).equals(question.answer()) ? 1 : 0;
        }
        assertThat(kindRight / (double) ASKED).as("by kind and form").isBetween(0.05, byKind);
        assertThat(textRight / (double) ASKED).as("by the text").isBetween(0.2, byText);
    }

    private void count(String key, String answer) {
        counts.computeIfAbsent(key, any -> new HashMap<>()).merge(answer, 1, Integer::sum);
    }

    private String commonest(String key, Question question, boolean offeredOnly) {
        return counts.getOrDefault(key, Map.of()).entrySet().stream()
                .filter(entry -> !offeredOnly || question.offers(entry.getKey()))
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse("");
    }
}
