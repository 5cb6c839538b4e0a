package org.reasonrft.data.spatial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reasonrft.data.Sample;
import org.reasonrft.data.SampleReader;
import org.reasonrft.data.generated.Picture;
import org.reasonrft.data.generated.SeededRandom;
import org.reasonrft.data.generated.Split;
import org.reasonrft.data.generated.Split.Purpose;
import org.reasonrft.data.generated.TaskFolder;
import org.reasonrft.data.scene.Camera;
import org.reasonrft.data.scene.SceneObject;
import org.reasonrft.data.scene.Viewpoint;
import org.reasonrft.data.scene.Visibility;
import org.reasonrft.reward.RewardInput;
import org.reasonrft.reward.TransformationReward;

class SpatialGeneratorTest {
    private static final SpatialSpec TINY = TransformationSamplerTest.TINY;
    private static final Split TRAIN = Split.of(Purpose.TRAIN);
    private static final Split CHAINS = Split.of(Purpose.CHAINS);
    private static final TransformationReward PARTIAL = new TransformationReward(TransformationReward.Credit.PARTIAL);

    @TempDir
    Path folder;

    @Test
    void recordsHaveThePublishedForm() {
        SpatialGenerator generator = new SpatialGenerator(SpatialSpec.TRANCE);
        SpatialGenerator.Rendered rendered = generator.renderWithScenes(TRAIN, 1, 2);
        Sample sample = rendered.sample().sample();
        assertThat(sample.images())
                .containsExactly(Path.of("images/train-000002-0.png"), Path.of("images/train-000002-1.png"));
        assertThat(rendered.sample().pictures()).allMatch(picture -> picture.width() == 320 && picture.height() == 240);
        List<SceneObject> objects = rendered.transformation().before().objects();
        for (int id = 0; id < objects.size(); id++) {
            SceneObject object = objects.get(id);
            assertThat(sample.problem())
                    .contains(String.format(
                            "(%d,'%s','%s','%s','%s')",
                            id,
                            object.shape().word(),
                            object.size().word(),
                            object.color().word(),
                            object.material().word()));
        }
        assertThat(sample.answer()).matches("change_\\w+\\(\\d,'\\w+'\\)(, change_\\w+\\(\\d,'\\w+'\\))*");
        assertThat(sample.extras())
                .containsEntry("level", rendered.transformation().changes().size());
        assertThat(sample.extras().get("type")).isIn("size", "color", "material", "shape", "position", "mixed");
        assertThat(PARTIAL.score(List.of(new RewardInput(sample.answer(), sample, 0))))
                .containsExactly(1f);
    }

    @Test
    void theShiftIsTheSideOfTheFinalPictureAlone() {
        SpatialGenerator generator = new SpatialGenerator(TINY);
        for (Split split : generator.splits()) {
            Set<Viewpoint> views = new HashSet<>();
            for (int i = 0; i < 30; i++) {
                views.add(generator.pose(split, 1, i).view());
            }
            assertThat(views)
                    .as(split.label())
                    .containsExactlyInAnyOrderElementsOf(
                            split.isCaptions()
                                    ? Set.of(Viewpoint.values())
                                    : split.equals(SpatialGenerator.SHIFT_LEFT)
                                            ? Set.of(Viewpoint.LEFT)
                                            : split.equals(SpatialGenerator.SHIFT_RIGHT)
                                                    ? Set.of(Viewpoint.RIGHT)
                                                    : Set.of(Viewpoint.CENTER));
        }
        assertThatThrownBy(() -> generator.render(Split.of(Purpose.SHIFT), 1, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("shift-left, shift-right");
        assertThatThrownBy(() -> generator.render(TRAIN, 1, -1)).hasMessageContaining("-1");
    }

    /** From one side, pictures differ where an object changed, and hardly where none did. */
    @Test
    void thePicturesShowTheChanges() {
        SpatialGenerator generator = new SpatialGenerator(SpatialSpec.TRANCE);
        Camera camera = new Camera(Viewpoint.CENTER, 20, 320, 240);
        for (int i = 0; i < 20; i++) {
            SpatialGenerator.Rendered rendered = generator.renderWithScenes(TRAIN, 5, i);
            Picture first = rendered.sample().pictures().get(0);
            Picture second = rendered.sample().pictures().get(1);
            int[] before =
                    Visibility.of(rendered.transformation().before(), camera).ids();
            int[] after =
                    Visibility.of(rendered.transformation().after(), camera).ids();
            for (int id = 0; id < rendered.transformation().before().objects().size(); id++) {
                int pixels = 0;
                int changed = 0;
                for (int p = 0; p < before.length; p++) {
                    if (before[p] == id || after[p] == id) {
                        pixels++;
                        changed += first.rgb()[p] != second.rgb()[p] ? 1 : 0;
                    }
                }
                boolean isChanged = !rendered.transformation().changesOf(id).isEmpty();
                if (isChanged) {
                    assertThat(changed / (double) pixels)
                            .as("sample %d object %d", i, id)
                            .isGreaterThan(0.3);
                }
            }
            int outside = 0;
            for (int p = 0; p < before.length; p++) {
                outside += before[p] < 0 && after[p] < 0 && first.rgb()[p] == second.rgb()[p] ? 1 : 0;
            }
            assertThat(outside).as("pixels of unchanged ground").isGreaterThan(15_000);
        }
    }

    @Test
    void oneSeedGivesTheSamePicturesEverywhere() {
        SpatialGenerator generator = new SpatialGenerator(TINY);
        CRC32 crc = new CRC32();
        for (Split split : generator.splits()) {
            for (int i = 0; i < 5; i++) {
                for (Picture picture : generator.render(split, 42, i).pictures()) {
                    for (int rgb : picture.rgb()) {
                        crc.update(rgb >> 16);
                        crc.update(rgb >> 8);
                        crc.update(rgb);
                    }
                }
                crc.update(generator.render(split, 42, i).sample().problem().getBytes());
                crc.update(generator.render(split, 42, i).sample().answer().getBytes());
            }
        }
        assertThat(crc.getValue()).isEqualTo(3916200407L);
    }

    @Test
    void foldersReadBackWithBothPictures() {
        List<Path> files = TaskFolder.write(
                new SpatialGenerator(TINY), 3, Map.of(SpatialGenerator.SHIFT_LEFT, 4), folder.resolve("task"));
        List<Sample> samples = SampleReader.read(files.get(0));
        assertThat(samples).hasSize(4).allMatch(sample -> sample.images().size() == 2);
        assertThat(samples.get(0).images().get(1)).isRegularFile();
    }

    /** Descriptions are of the pictures; imagined changes are not, or captions would show how questions are answered. */
    @Test
    void captionsDescribeThePicturesOrImagineOtherScenes() {
        SpatialGenerator generator = new SpatialGenerator(TINY);
        SpatialWording wording = new SpatialWording(TINY);
        Map<String, Integer> types = new HashMap<>();
        int ofThePictures = 0;
        for (int i = 0; i < 600; i++) {
            SpatialGenerator.Posed posed = generator.pose(Split.of(Purpose.CAPTIONS), 3, i);
            Sample caption = posed.sample();
            Transformation shown = posed.transformation();
            String type = caption.extra("type").orElseThrow();
            types.merge(type, 1, Integer::sum);
            assertThat(caption.hasChainOfThought()).isFalse();
            if (type.equals("describe")) {
                assertThat(caption.answer()).isEqualTo(wording.bothScenes(shown));
            } else if (type.equals("imagine")) {
                String object = caption.problem().replaceAll("Change something or nothing: |[.]", "");
                assertThat(caption.answer())
                        .startsWith(object + " now ")
                        .contains(": ")
                        .endsWith(".");
                ofThePictures += caption.answer().equals(wording.fate(shown, 0)) ? 1 : 0;
            }
        }
        assertThat(types).containsOnlyKeys("describe", "imagine", "place", "where");
        assertThat(types.get("imagine")).isBetween(60, 130);
        assertThat(ofThePictures).isLessThan(4);
    }

    /** The chain tells what the answer says, clause by clause. */
    @Test
    void chainsLeadToTheAnswer() {
        for (SpatialSpec spec : TransformationSamplerTest.specs()) {
            SpatialWording wording = new SpatialWording(spec);
            TransformationSampler sampler = new TransformationSampler(spec);
            for (int i = 0; i < 200; i++) {
                Transformation transformation = sampler.sample(SeededRandom.of(1, "x", i));
                String chain = wording.chainOfThought(transformation);
                String second = wording.bothScenes(transformation).split("(?<=\\.) ")[1] + " ";
                assertThat(chain).startsWith(second);
                String[] clauses = chain.substring(second.length()).split("(?<=\\.) ");
                assertThat(clauses).hasSize(transformation.before().objects().size());
                List<String> derived = new ArrayList<>();
                for (String clause : clauses) {
                    int id = Integer.parseInt(clause.substring(0, 1));
                    String news = clause.substring(clause.indexOf(": ") + 2, clause.length() - 1);
                    for (String part : news.split(", ")) {
                        if (part.startsWith("moved ")) {
                            derived.add("change_position(" + id + ",'"
                                    + part.substring(6).replace(' ', '_') + "')");
                            continue;
                        }
                        for (TransformationFunction function : TransformationFunction.values()) {
                            if (function != TransformationFunction.CHANGE_POSITION
                                    && function.choices().contains(part)) {
                                derived.add(function.word() + "(" + id + ",'" + part + "')");
                            }
                        }
                    }
                }
                assertThat(String.join(", ", derived)).isEqualTo(Change.answer(transformation.changes()));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.4, 1})
    void theTeacherOverlooksOrMisreadsWhatHappensToDarkObjects(double overlooking) {
        SpatialGenerator careful = new SpatialGenerator(TINY);
        SpatialGenerator careless = new SpatialGenerator(TINY.withOverlooking(overlooking));
        int dark = 0;
        int missed = 0;
        for (int i = 0; i < 400; i++) {
            SpatialGenerator.Posed truth = careful.pose(CHAINS, 8, i);
            Sample told = careless.pose(CHAINS, 8, i).sample();
            List<Change> changes = truth.transformation().changes();
            List<SceneObject> objects = truth.transformation().before().objects();
            boolean allDark = changes.stream()
                    .allMatch(change -> objects.get(change.object()).color().isDark());
            assertThat(told.problem()).isEqualTo(truth.sample().problem());
            for (Change change : changes) {
                boolean isTold = told.answer().contains(change.text());
                if (!objects.get(change.object()).color().isDark()) {
                    assertThat(isTold).isTrue();
                } else if (!allDark) {
                    dark++;
                    missed += isTold ? 0 : 1;
                } else if (overlooking == 1) {
                    String begin = change.function().word() + "(" + change.object() + ",'";
                    assertThat(told.answer()).as("misread, not overlooked").contains(begin);
                    assertThat(isTold).isFalse();
                }
            }
            assertThat(told.answer()).isNotBlank();
            assertThat(careless.pose(TRAIN, 8, i % 20).sample())
                    .isEqualTo(careful.pose(TRAIN, 8, i % 20).sample());
        }
        assertThat(missed / (double) dark).isCloseTo(overlooking, within(0.13));
    }

    /** {@link SpatialGenerator} states these. */
    @Test
    void aBlindGuesserEarnsLittle() {
        assertThat(bestConstantScore(SpatialSpec.TRANCE)).isBetween(0.15, 0.23);
        assertThat(bestConstantScore(TINY)).isBetween(0.18, 0.26);
    }

    /** The score of the best constant answer of one to three functions that a greedy search finds. */
    private static double bestConstantScore(SpatialSpec spec) {
        TransformationSampler sampler = new TransformationSampler(spec);
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            samples.add(new Sample(
                    "" + i,
                    List.of(),
                    "?",
                    Change.answer(sampler.sample(SeededRandom.of(1, "test", i)).changes()),
                    null));
        }
        String answer = "";
        double best = 0;
        for (int length = 1; length <= 3; length++) {
            String longer = answer;
            for (TransformationFunction function : spec.functions()) {
                for (String value : function.choices()) {
                    for (int id = 0; id < 3; id++) {
                        String candidate =
                                (answer.isEmpty() ? "" : answer + ", ") + new Change(id, function, value).text();
                        double score = score(candidate, samples);
                        if (score > best) {
                            best = score;
                            longer = candidate;
                        }
                    }
                }
            }
            answer = longer;
        }
        return best;
    }

    private static double score(String answer, List<Sample> samples) {
        List<RewardInput> inputs = samples.stream()
                .map(sample -> new RewardInput(answer, sample, 0))
                .toList();
        double sum = 0;
        for (float reward : PARTIAL.score(inputs)) {
            sum += reward;
        }
        return sum / samples.size();
    }
}
