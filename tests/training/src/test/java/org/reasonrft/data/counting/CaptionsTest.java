package org.reasonrft.data.counting;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.reasonrft.data.Sample;

class CaptionsTest {
    private static final int COUNT = 2000;

    @Test
    void captionsAreTrueOfTheScene() {
        int[] kinds = new int[3];
        for (int i = 0; i < COUNT; i++) {
            CountingGenerator.Rendered rendered = render(i);
            Sample sample = rendered.sample();
            List<String> clauses = rendered.scene().objects().stream()
                    .map(o -> o.cell().word() + " " + o.color().word() + " "
                            + o.shape().word())
                    .toList();
            switch (sample.extra("type").orElseThrow()) {
                case "describe" -> {
                    kinds[0]++;
                    assertThat(sample.answer()).isEqualTo(String.join(" ", clauses));
                }
                case "place" -> {
                    kinds[1]++;
                    String cell =
                            sample.problem().replace("What is at the ", "").replace("?", "");
                    assertThat(sample.answer())
                            .isEqualTo(clauses.stream()
                                    .filter(c -> c.startsWith(cell + " "))
                                    .findFirst()
                                    .orElse(cell + " nothing"));
                }
                case "judge" -> {
                    kinds[2]++;
                    List<String> wanted = singular(
                            sample.problem().replace("Which ones are the ", "").replace("?", ""));
                    String judged = clauses.stream()
                            .map(clause -> clause + (List.of(clause.split(" ")).containsAll(wanted) ? " yes" : " no"))
                            .collect(Collectors.joining(" "));
                    assertThat(sample.answer()).as(sample.problem()).isEqualTo(judged);
                }
                default -> throw new AssertionError(sample);
            }
        }
        assertThat(kinds[0]).isGreaterThan(COUNT / 4);
        assertThat(kinds[1]).isGreaterThan(COUNT / 10);
        assertThat(kinds[2]).isGreaterThan(COUNT * 2 / 5);
    }

    @Test
    void captionsNeverCount() {
        for (int i = 0; i < COUNT; i++) {
            Sample sample = render(i).sample();
            assertThat(sample.problem() + " " + sample.answer()).doesNotContainPattern("\\d|many|left|Add|Subtract");
            assertThat(sample.hasChainOfThought()).isFalse();
        }
    }

    @Test
    void captionsCoverBothDomains() {
        int heldOut = 0;
        int total = 0;
        int[] patterns = new int[Background.Pattern.values().length];
        for (int i = 0; i < COUNT; i++) {
            Scene scene = render(i).scene();
            heldOut += (int)
                    scene.objects().stream().filter(SceneObject::isHeldOutPair).count();
            total += scene.objects().size();
            patterns[scene.background().pattern().ordinal()]++;
        }
        assertThat(heldOut / (double) total)
                .as("share of held-out pairs, 6 of 24 if even")
                .isBetween(0.2, 0.3);
        assertThat(patterns).doesNotContain(0);
    }

    /** The words that an object must have: "red rings" asks for "red" and "ring", "objects" for nothing. */
    private static List<String> singular(String plural) {
        return Arrays.stream(plural.split(" "))
                .filter(word -> !word.equals("objects"))
                .map(word -> word.equals("crosses") ? "cross" : word.replaceAll("s$", ""))
                .toList();
    }

    private static CountingGenerator.Rendered render(int index) {
        return CountingGenerator.render(new CountingSpec(CountingSplit.CAPTIONS, 1, 6), index);
    }
}
