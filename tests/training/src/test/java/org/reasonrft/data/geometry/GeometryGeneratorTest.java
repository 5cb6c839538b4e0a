package org.reasonrft.data.geometry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.reasonrft.data.AnswerForm;
import org.reasonrft.data.Sample;
import org.reasonrft.data.generated.RenderedSample;
import org.reasonrft.data.generated.Split;
import org.reasonrft.data.generated.Split.Purpose;
import org.reasonrft.data.geometry.GeometrySpec.Values;

class GeometryGeneratorTest {
    private static final Split TRAIN = Split.of(Purpose.TRAIN);
    private static final Split SHIFT = Split.of(Purpose.SHIFT);
    private static final Split CHAINS = Split.of(Purpose.CHAINS);

    private static GeometryGenerator generator(int level, Values values, int size, double overlooking) {
        return new GeometryGenerator(new GeometrySpec(level, values, size, overlooking));
    }

    private static GeometryGenerator small() {
        return generator(3, null, 64, 0);
    }

    @Test
    void oneSeedGivesOneSampleAndAnotherSeedAnother() {
        GeometryGenerator generator = generator(3, null, 128, 0);
        for (Split split : Split.onePerPurpose()) {
            for (int i = 0; i < 5; i++) {
                RenderedSample once = generator.render(split, 3, i);
                RenderedSample again = generator(3, null, 128, 0).render(split, 3, i);
                assertThat(again.sample()).isEqualTo(once.sample());
                assertThat(again.pictures().get(0).rgb())
                        .isEqualTo(once.pictures().get(0).rgb());
                assertThat(generator.render(split, 4, i).pictures().get(0).rgb())
                        .isNotEqualTo(once.pictures().get(0).rgb());
            }
        }
    }

    @Test
    void splitsAndIndicesAreUnrelated() {
        Set<Integer> pictures = new HashSet<>();
        for (Split split : Split.onePerPurpose()) {
            for (int i = 0; i < 50; i++) {
                pictures.add(Arrays.hashCode(
                        small().render(split, 2, i).pictures().get(0).rgb()));
            }
        }
        assertThat(pictures).hasSize(50 * 6);
    }

    /** Recorded once: a change of any pixel or word changes every data set that was ever made from a seed. */
    @ParameterizedTest
    @CsvSource({"64, 1298149888", "128, 1559321677"})
    void pixelsAndWordsAreTheSameOnEveryPlatform(int size, long wanted) {
        CRC32 crc = new CRC32();
        for (Split split : Split.onePerPurpose()) {
            for (int i = 0; i < 40; i++) {
                RenderedSample rendered = generator(3, null, size, 0.5).render(split, 42, i);
                Sample sample = rendered.sample();
                crc.update((sample.problem() + sample.answer() + sample.chainOfThought() + sample.extras())
                        .getBytes(StandardCharsets.UTF_8));
                for (int rgb : rendered.pictures().get(0).rgb()) {
                    crc.update(rgb >> 16);
                    crc.update(rgb >> 8);
                    crc.update(rgb);
                }
            }
        }
        assertThat(crc.getValue()).isEqualTo(wanted);
    }

    @Test
    void kindsFormsAndLettersAreBalanced() {
        int count = 6000;
        Map<String, Integer> kinds = new HashMap<>();
        Map<String, Integer> letters = new HashMap<>();
        int choices = 0;
        for (int i = 0; i < count; i++) {
            Sample sample = small().compose(TRAIN, 9, i).sample();
            kinds.merge(sample.extra("type").orElseThrow(), 1, Integer::sum);
            boolean choice = sample.extra("form").orElseThrow().equals("choice");
            assertThat(AnswerForm.of(sample)).isEqualTo(choice ? AnswerForm.CHOICE : AnswerForm.OPEN);
            if (choice) {
                choices++;
                letters.merge(sample.answer(), 1, Integer::sum);
            }
        }
        // Five standard deviations of a binomial draw.
        assertThat(kinds)
                .hasSize(Kind.values().length)
                .allSatisfy((kind, n) -> assertThat(n).as(kind).isBetween(400 - 97, 400 + 97));
        assertThat(choices).isBetween(3000 - 194, 3000 + 194);
        assertThat(letters.keySet()).containsExactlyInAnyOrder("A", "B", "C", "D");
        assertThat(letters.values()).allMatch(n -> Math.abs(n - 750) < 120);
    }

    @Test
    void choicesOfferTheAnswerOnceUnderItsLetter() {
        int checked = 0;
        for (int i = 0; i < 800; i++) {
            GeometryGenerator.Composed composed = small().compose(TRAIN, 5, i);
            String problem = composed.sample().problem();
            int start = problem.indexOf(" Choices: ");
            if (start < 0) {
                assertThat(composed.sample().answer())
                        .isEqualTo(composed.problem().answer().text());
                continue;
            }
            checked++;
            String[] options =
                    problem.substring(start + 10, problem.length() - 1).split(", ");
            assertThat(options).hasSize(4).doesNotHaveDuplicates();
            String wanted = composed.problem().answer().text();
            List<String> right = Arrays.stream(options)
                    .filter(o -> o.substring(3).equals(wanted))
                    .toList();
            assertThat(right).as(problem).hasSize(1);
            assertThat(right.get(0)).startsWith(composed.sample().answer() + ": ");
            assertThat(composed.sample().chainOfThought())
                    .endsWith("=" + wanted + " so " + composed.sample().answer());
        }
        assertThat(checked).isGreaterThan(300);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void levelsGoUpToTheOneAskedFor(int level) {
        Set<Object> levels = new HashSet<>();
        for (int i = 0; i < 300; i++) {
            levels.add(generator(level, null, 64, 0)
                    .compose(TRAIN, 1, i)
                    .sample()
                    .extras()
                    .get("level"));
        }
        assertThat(levels).hasSize(level).allMatch(each -> (Integer) each <= level);
    }

    @Test
    void valuesStandWhereTheyWereWanted() {
        for (int i = 0; i < 200; i++) {
            assertValues(generator(3, null, 336, 0), TRAIN, i, true, true);
            assertValues(generator(3, null, 336, 0), SHIFT, i, false, true);
            assertValues(generator(3, Values.TEXT, 200, 0), SHIFT, i, true, false);
            assertValues(generator(3, Values.FIGURE, 200, 0), TRAIN, i, false, true);
            assertValues(generator(3, null, 64, 0), SHIFT, i, true, false);
        }
    }

    private static void assertValues(
            GeometryGenerator generator, Split split, int index, boolean text, boolean figure) {
        GeometryGenerator.Composed composed = generator.compose(split, 6, index);
        String question = composed.sample().problem().replaceAll(" Choices:.*", "");
        List<String> labels =
                composed.drawing().labels().stream().map(Drawing.Label::text).toList();
        for (Problem.Given given : composed.problem().givens()) {
            if (given.quantity() instanceof Quantity.Whole) {
                assertThat(question).contains(given.amount().text());
                continue;
            }
            String value = given.amount().text() + (given.quantity() instanceof Quantity.Angle ? "°" : "");
            assertThat(question.matches(".*(= |is )" + value + "\\b?.*"))
                    .as(question)
                    .isEqualTo(text);
            assertThat(labels.contains(value)).as("%s: %s", question, labels).isEqualTo(figure);
        }
        if (question.contains("x?") || question.contains(" x.")) {
            assertThat(labels).contains("x");
        }
    }

    @Test
    void lettersOfTheShiftAreOthers() {
        Set<String> familiar = new HashSet<>();
        Set<String> shifted = new HashSet<>();
        GeometryGenerator generator = generator(3, null, 200, 0);
        for (int i = 0; i < 100; i++) {
            generator.compose(TRAIN, 6, i).drawing().labels().forEach(label -> familiar.add(label.text()));
            generator.compose(SHIFT, 6, i).drawing().labels().forEach(label -> shifted.add(label.text()));
        }
        familiar.removeIf(text -> !text.matches("[A-Z]"));
        shifted.removeIf(text -> !text.matches("[A-Z]"));
        assertThat(familiar).hasSizeGreaterThan(8).doesNotContainAnyElementsOf(shifted);
    }

    @Test
    void aCarelessTeacherErrsInChainsAlone() {
        int wrong = 0;
        int count = 1500;
        for (int i = 0; i < count; i++) {
            GeometryGenerator.Composed careful = small().compose(CHAINS, 8, i);
            GeometryGenerator.Composed careless = generator(3, null, 64, 1).compose(CHAINS, 8, i);
            assertThat(careless.sample().problem()).isEqualTo(careful.sample().problem());
            boolean misreadable = careful.problem().misread().isPresent();
            assertThat(!careless.sample().answer().equals(careful.sample().answer()))
                    .as(careless.sample().toString())
                    .isEqualTo(misreadable);
            wrong += misreadable ? 1 : 0;
            assertThat(generator(3, null, 64, 1).compose(TRAIN, 8, i).sample())
                    .isEqualTo(small().compose(TRAIN, 8, i).sample());
        }
        assertThat(wrong / (double) count).as("share that can be misread").isBetween(0.35, 0.5);
        int half = 0;
        for (int i = 0; i < count; i++) {
            half += generator(3, null, 64, 0.5)
                            .compose(CHAINS, 8, i)
                            .sample()
                            .answer()
                            .equals(small().compose(CHAINS, 8, i).sample().answer())
                    ? 0
                    : 1;
        }
        assertThat(half / (double) wrong).isBetween(0.42, 0.58);
    }

    @ParameterizedTest
    @EnumSource(
            value = Purpose.class,
            names = {"CAPTIONS", "CAPTIONS_TEST"})
    void captionsDescribeOrCalculateButNeverFromTheFigure(Purpose purpose) {
        Set<String> types = new HashSet<>();
        int shifted = 0;
        Map<Boolean, Integer> told = new HashMap<>();
        for (int i = 0; i < 600; i++) {
            GeometryGenerator.Composed composed = small().compose(Split.of(purpose), 4, i);
            Sample sample = composed.sample();
            String type = sample.extra("type").orElseThrow();
            types.add(type);
            assertThat(sample.hasChainOfThought()).isFalse();
            Reading truth = composed.problem().truth();
            Wording wording = new Wording(composed.problem(), composed.showing());
            String known = Stream.of(true, false)
                    .map(wording::known)
                    .filter(sentence -> sample.problem().startsWith(sentence + " "))
                    .findFirst()
                    .orElse("");
            if (!known.isEmpty()) {
                told.merge(known.startsWith("As shown"), 1, Integer::sum);
            }
            String asked = sample.problem().substring(known.isEmpty() ? 0 : known.length() + 1);
            boolean calculates = type.equals("equation") || type.equals("choice");
            assertThat(Pattern.compile("[=*]|\\d").matcher(asked).find()).isEqualTo(calculates);
            List<String> numbers = Pattern.compile("\\d+")
                    .matcher(sample.answer())
                    .results()
                    .map(MatchResult::group)
                    .toList();
            switch (type) {
                case "equation" -> {
                    assertThat(truth.equations()).contains(sample.answer());
                    assertThat(asked).isEqualTo("Calculate " + sample.answer().split("=")[0] + ".");
                }
                case "choice" -> {
                    String[] words = sample.answer().split(" so ");
                    assertThat(asked)
                            .startsWith("Which is " + words[0] + "?")
                            .containsPattern(words[1] + ": " + Pattern.quote(words[0]) + "[,.]");
                }
                case "value" -> {
                    assertThat(asked).matches("(What is|Find) the .*(angle|line|of the .*)[?.]");
                    assertThat(known)
                            .containsPattern("(?i)" + asked.replaceAll("What is |Find |[?.]", "") + " is "
                                    + sample.answer() + "[°,. ]");
                }
                case "describe" -> {
                    assertThat(sample.answer()).startsWith(truth.shape());
                    assertThat(numbers).allMatch(known::contains);
                    assertThat(numbers.isEmpty()).isEqualTo(known.isEmpty() || known.contains("perimeter"));
                }
                case "kind" -> assertThat(sample.answer()).isEqualTo(truth.shape());
                case "where" -> assertThat(truth.positions()).contains(sample.answer());
                case "marks" ->
                    assertThat(sample.answer().contains("right angle"))
                            .isEqualTo(composed.problem().figure().marks().stream()
                                    .anyMatch(Figure.RightAngle.class::isInstance));
                default -> throw new AssertionError(sample);
            }
            shifted += composed.drawing().paint().rgb()[0] >> 16 < 0xF0 ? 1 : 0;
        }
        assertThat(types)
                .containsExactlyInAnyOrder("describe", "kind", "where", "marks", "equation", "choice", "value");
        assertThat(told.values()).hasSize(2).allMatch(count -> count > 100);
        assertThat(shifted).as("pictures on dark or tinted ground").isGreaterThan(100);
    }

    /** Every pattern must fit into every size in both looks. */
    @ParameterizedTest
    @ValueSource(ints = {48, 64, 128, 1344})
    void everySizeWorks(int size) {
        List<String> kinds = new ArrayList<>();
        for (int i = 0; i < (size == 1344 ? 5 : 250); i++) {
            GeometryGenerator generator = generator(3, null, size, 0);
            kinds.add(generator.compose(TRAIN, 1, i).problem().kind().toString());
            assertThat(generator.compose(SHIFT, 1, i).drawing().size()).isEqualTo(size);
        }
        assertThat(kinds).isNotEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "0, , 336, 0, level: wanted 1 to 3",
        "4, , 336, 0, level: wanted 1 to 3",
        "1, , 47, 0, pictureSize: wanted 48 to 1344",
        "1, , 1345, 0, pictureSize: wanted 48 to 1344",
        "1, , 336, 1.1, overlooking: wanted 0 to 1",
        "1, , 336, -0.1, overlooking: wanted 0 to 1",
        "1, BOTH, 127, 0, values: wanted text",
        "1, FIGURE, 64, 0, values: wanted text",
    })
    void refusesWhatIsOutOfRange(int level, Values values, int size, double overlooking, String message) {
        assertThatThrownBy(() -> new GeometrySpec(level, values, size, overlooking))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
        assertThatThrownBy(() -> small().render(TRAIN, 1, -1)).hasMessageContaining("-1");
    }

    @Test
    void onlyTheKindsThatAreWantedOccur() {
        GeometryGenerator generator =
                new GeometryGenerator(new GeometrySpec(EnumSet.of(Kind.THALES, Kind.CIRCLE), 3, null, 64, 0));
        Set<Kind> kinds = EnumSet.noneOf(Kind.class);
        for (int i = 0; i < 60; i++) {
            kinds.add(generator.compose(TRAIN, 1, i).problem().kind());
        }
        assertThat(kinds).containsExactlyInAnyOrder(Kind.THALES, Kind.CIRCLE);
        assertThatThrownBy(() -> new GeometrySpec(EnumSet.noneOf(Kind.class), 3, null, 64, 0))
                .hasMessageStartingWith("kinds: wanted at least one");
    }
}
