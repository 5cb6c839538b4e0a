package org.reasonrft.data.clevr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.reasonrft.data.Sample;
import org.reasonrft.data.generated.SeededRandom;
import org.reasonrft.data.generated.Split;
import org.reasonrft.data.generated.Split.Purpose;
import org.reasonrft.data.scene.Camera;
import org.reasonrft.data.scene.ObjectColor;
import org.reasonrft.data.scene.ObjectShape;
import org.reasonrft.data.scene.SceneObject;
import org.reasonrft.data.scene.Viewpoint;
import org.reasonrft.data.scene.Visibility;
import org.reasonrft.data.scene.VisibilityCheck;

class ClevrGeneratorTest {
    private static final ClevrSpec TINY =
            new ClevrSpec(64, 64, 2, 6, EnumSet.of(Attribute.COLOR, Attribute.SHAPE), 15, 0);
    private static final ClevrSpec SMALL = new ClevrSpec(96, 64, 3, 8, EnumSet.allOf(Attribute.class), 20, 0);
    private static final Split TRAIN = Split.of(Purpose.TRAIN);
    private static final Split SHIFT = Split.of(Purpose.SHIFT);
    private static final Split CHAINS = Split.of(Purpose.CHAINS);

    private static final Pattern ADD = Pattern.compile("Add (\\d) ([^.]+)\\. ");
    private static final Pattern SUBTRACT = Pattern.compile("Subtract all ([^.]+)\\. ");
    private static final Pattern ASK = Pattern.compile("How many (.+) are (?:there|left)\\?");

    static List<ClevrSpec> specs() {
        return List.of(TINY, SMALL);
    }

    /** The answer from the question's words and the scene, written without any of the code that made them. */
    private static int answer(String question, List<SceneObject> objects) {
        Matcher ask = ASK.matcher(question);
        assertThat(ask.find()).as(question).isTrue();
        Set<String> asked = words(ask.group(1));
        int count = 0;
        for (SceneObject object : objects) {
            boolean removed = false;
            Matcher subtract = SUBTRACT.matcher(question);
            while (subtract.find()) {
                removed |= words(object).containsAll(words(subtract.group(1)));
            }
            count += !removed && words(object).containsAll(asked) ? 1 : 0;
        }
        Matcher add = ADD.matcher(question);
        if (add.find() && words(add.group(2)).containsAll(asked)) {
            count += Integer.parseInt(add.group(1));
        }
        return count;
    }

    private static Set<String> words(SceneObject object) {
        return Set.of(
                object.size().word(),
                object.color().word(),
                object.material().word(),
                object.shape().word());
    }

    private static Set<String> words(String phrase) {
        Set<String> words = new HashSet<>(Arrays.asList(phrase.split(" ")));
        words.removeAll(Set.of("object", "objects"));
        for (ObjectShape shape : ObjectShape.values()) {
            if (words.remove(shape.plural())) {
                words.add(shape.word());
            }
        }
        return words;
    }

    @ParameterizedTest
    @MethodSource("specs")
    void theQuestionAndTheSceneGiveTheAnswer(ClevrSpec spec) {
        ClevrGenerator generator = new ClevrGenerator(spec);
        for (Split split : List.of(TRAIN, SHIFT, CHAINS)) {
            for (int i = 0; i < 150; i++) {
                ClevrGenerator.Posed posed = generator.pose(split, 6, i);
                Sample sample = posed.sample();
                assertThat(sample.answer())
                        .as(sample.problem())
                        .isEqualTo("" + answer(sample.problem(), posed.scene().objects()));
                assertThat(sample.chainOfThought()).matches("(.* )?(yes|no)" + sample.answer());
                assertThat(sample.chainOfThought().split("(yes|no)\\d"))
                        .hasSize(posed.scene().objects().size()
                                + (sample.problem().startsWith("Add") ? 1 : 0));
                assertThat(posed.scene().objects()).hasSizeBetween(spec.minObjects(), spec.maxObjects());
            }
        }
    }

    /** {@link QuestionSampler} states the blind guesser's score. */
    @ParameterizedTest
    @MethodSource("specs")
    void answersAreBalancedAndEveryKindOccurs(ClevrSpec spec) {
        QuestionSampler sampler = new QuestionSampler(spec);
        for (boolean shifted : new boolean[] {false, true}) {
            Map<Integer, Integer> answers = new TreeMap<>();
            Map<String, Integer> types = new TreeMap<>();
            Set<Integer> levels = new HashSet<>();
            int count = 1200;
            for (int i = 0; i < count; i++) {
                QuestionSampler.Posed posed = sampler.sample(SeededRandom.of(1, "" + shifted, i), shifted);
                answers.merge(posed.question().answer(posed.scene().objects()), 1, Integer::sum);
                types.merge(posed.question().type().label(), 1, Integer::sum);
                levels.add(posed.question().level());
            }
            assertThat(answers.values()).as("%s", answers).allMatch(each -> each <= 0.25 * count);
            assertThat(answers.keySet()).contains(0, 1, 2, 3, 4, 5, 6, 7).allMatch(each -> each <= 9);
            assertThat(types.keySet())
                    .containsExactly("addition", "adversarial", "counting", "multi-hop", "subtraction");
            assertThat(types.values()).allMatch(each -> each > 0.08 * count);
            assertThat(levels).containsExactlyInAnyOrder(1, 2, 3);
        }
    }

    @ParameterizedTest
    @MethodSource("specs")
    void everyObjectCanBeSeen(ClevrSpec spec) {
        ClevrGenerator generator = new ClevrGenerator(spec);
        double pixels = Math.max(VisibilityCheck.FEWEST_PIXELS, VisibilityCheck.AREA * spec.width() * spec.height());
        for (Split split : generator.splits()) {
            for (int i = 0; i < 40; i++) {
                Visibility visibility = Visibility.of(
                        generator.pose(split, 2, i).scene(),
                        new Camera(Viewpoint.CENTER, spec.field(), spec.width(), spec.height()));
                assertThat(visibility.showsAll((int) pixels, VisibilityCheck.SHARE))
                        .isTrue();
            }
        }
    }

    @Test
    void shiftedScenesHaveOtherShapesColorsAndGrounds() {
        ClevrGenerator generator = new ClevrGenerator(SMALL);
        Set<Object> familiar = new HashSet<>();
        Set<Object> shifted = new HashSet<>();
        for (int i = 0; i < 60; i++) {
            collect(generator.pose(TRAIN, 1, i).scene(), familiar);
            collect(generator.pose(SHIFT, 1, i).scene(), shifted);
        }
        assertThat(familiar).containsAll(ObjectColor.FAMILIAR).doesNotContainAnyElementsOf(shifted);
        assertThat(shifted).containsAll(ObjectColor.SHIFTED).contains(ObjectShape.CONE, ObjectShape.PYRAMID);
        Set<Object> captions = new HashSet<>();
        for (int i = 0; i < 60; i++) {
            collect(generator.pose(Split.of(Purpose.CAPTIONS), 1, i).scene(), captions);
        }
        assertThat(captions).containsAll(ObjectColor.FAMILIAR).containsAll(ObjectColor.SHIFTED);
    }

    private static void collect(org.reasonrft.data.scene.Scene scene, Set<Object> seen) {
        for (SceneObject object : scene.objects()) {
            seen.add(object.color());
            seen.add(object.shape());
        }
    }

    @Test
    void oneSeedGivesTheSamePicturesEverywhere() {
        ClevrGenerator generator = new ClevrGenerator(TINY);
        CRC32 crc = new CRC32();
        for (Split split : generator.splits()) {
            for (int i = 0; i < 8; i++) {
                for (int rgb : generator.render(split, 42, i).pictures().get(0).rgb()) {
                    crc.update(rgb >> 16);
                    crc.update(rgb >> 8);
                    crc.update(rgb);
                }
                crc.update(generator.render(split, 42, i).sample().problem().getBytes());
            }
        }
        assertThat(crc.getValue()).isEqualTo(3950984726L);
    }

    @Test
    void theTeacherOverlooksDarkObjects() {
        ClevrGenerator careful = new ClevrGenerator(TINY);
        ClevrGenerator careless = new ClevrGenerator(TINY.withOverlooking(0.6));
        int dark = 0;
        int missed = 0;
        int wrong = 0;
        for (int i = 0; i < 500; i++) {
            ClevrGenerator.Posed truth = careful.pose(CHAINS, 3, i);
            Sample told = careless.pose(CHAINS, 3, i).sample();
            assertThat(told.problem()).isEqualTo(truth.sample().problem());
            List<SceneObject> objects = truth.scene().objects();
            int clauses = told.chainOfThought().split("(yes|no)\\d").length
                    - (told.problem().startsWith("Add") ? 1 : 0);
            int darkHere = (int)
                    objects.stream().filter(object -> object.color().isDark()).count();
            assertThat(clauses).isBetween(Math.max(1, objects.size() - darkHere), objects.size());
            if (darkHere < objects.size()) {
                dark += darkHere;
                missed += objects.size() - clauses;
            }
            wrong += told.answer().equals(truth.sample().answer()) ? 0 : 1;
        }
        assertThat(missed / (double) dark).isCloseTo(0.6, within(0.06));
        assertThat(wrong).isBetween(75, 300);
    }

    @Test
    void captionsTellWhatIsThere() {
        ClevrGenerator generator = new ClevrGenerator(TINY);
        Set<String> types = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            ClevrGenerator.Posed posed = generator.pose(Split.of(Purpose.CAPTIONS), 3, i);
            Sample sample = posed.sample();
            String type = sample.extra("type").orElseThrow();
            types.add(type);
            assertThat(sample.hasChainOfThought()).isFalse();
            if (!type.equals("place")) {
                for (SceneObject object : posed.scene().objects()) {
                    assertThat(sample.answer())
                            .contains(
                                    object.color().word() + " " + object.shape().word());
                }
            }
        }
        assertThat(types).containsExactlyInAnyOrder("describe", "place", "judge");
    }

    @Test
    void refusesNumbersOutOfRange() {
        assertThatThrownBy(() -> new ClevrSpec(20, 64, 2, 6, TINY.vary(), 15, 0))
                .hasMessageStartingWith("pictureSize: ");
        assertThatThrownBy(() -> new ClevrSpec(64, 20, 2, 6, TINY.vary(), 15, 0))
                .hasMessageStartingWith("pictureHeight: ");
        assertThatThrownBy(() -> new ClevrSpec(64, 64, 0, 6, TINY.vary(), 15, 0))
                .hasMessageStartingWith("minObjects: ");
        assertThatThrownBy(() -> new ClevrSpec(64, 64, 2, 1, TINY.vary(), 15, 0))
                .hasMessageStartingWith("maxObjects: ");
        assertThatThrownBy(() -> new ClevrSpec(64, 64, 2, 6, Set.of(), 15, 0)).hasMessageStartingWith("vary: ");
        assertThatThrownBy(() -> new ClevrSpec(64, 64, 2, 6, TINY.vary(), 50, 0))
                .hasMessageStartingWith("field: ");
        assertThatThrownBy(() -> TINY.withOverlooking(-0.1)).hasMessageStartingWith("overlooking: ");
        assertThatThrownBy(() -> new ClevrGenerator(TINY).render(SpecialSplit.LEFT, 1, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("shift-left");
    }

    private static final class SpecialSplit {
        static final Split LEFT = new Split(Purpose.SHIFT, "shift-left");
    }
}
