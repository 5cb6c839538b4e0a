package org.reasonrft.data.generated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reasonrft.data.Sample;
import org.reasonrft.data.SampleReader;
import org.reasonrft.data.generated.Split.Purpose;

class TaskFolderTest {
    private static final Split LEFT = new Split(Purpose.SHIFT, "shift-left");

    @TempDir
    Path folder;

    /** Two pictures a sample, which the seed, the split and the index colour. */
    private static RenderedSample before(Split split, long seed, int index) {
        String id = RenderedSample.id(split.label(), index);
        int rgb = SeededRandom.of(seed, split.label(), index).between(0, 0xFFFFFF);
        return new RenderedSample(
                new Sample(id, RenderedSample.imagePaths(id, 2), "What changed?", "nothing", null),
                List.of(picture(rgb), picture(~rgb & 0xFFFFFF)));
    }

    private static Picture picture(int rgb) {
        int[] pixels = new int[6];
        Arrays.fill(pixels, rgb);
        return new Picture(3, 2, pixels);
    }

    @Test
    void writesSplitsWithSeveralPicturesEach() throws IOException {
        Map<Split, Integer> counts = new LinkedHashMap<>();
        counts.put(LEFT, 3);
        counts.put(Split.of(Purpose.TRAIN), 2);

        List<Path> files = TaskFolder.write(TaskFolderTest::before, 7, counts, folder.resolve("task"));

        assertThat(files)
                .extracting(file -> file.getFileName().toString())
                .containsExactly("shift-left.json", "train.json");
        List<Sample> samples = SampleReader.read(files.get(0));
        assertThat(samples)
                .extracting(Sample::id)
                .containsExactly("shift-left-000000", "shift-left-000001", "shift-left-000002");
        for (int i = 0; i < 3; i++) {
            List<Path> images = samples.get(i).images();
            assertThat(images)
                    .extracting(image -> image.getFileName().toString())
                    .containsExactly("shift-left-00000" + i + "-0.png", "shift-left-00000" + i + "-1.png");
            for (int k = 0; k < 2; k++) {
                int wanted = before(LEFT, 7, i).pictures().get(k).rgb()[0];
                assertThat(ImageIO.read(images.get(k).toFile()).getRGB(1, 1) & 0xFFFFFF)
                        .isEqualTo(wanted);
            }
        }
        assertThat(SampleReader.read(files.get(1))).hasSize(2);
    }

    @Test
    void refusesNoPartTwoOfOneNameAndEmptyOnes() {
        TaskFolder.Part part = new TaskFolder.Part("train", 1, index -> before(LEFT, 1, index));
        assertThatThrownBy(() -> TaskFolder.write(List.of(), folder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("parts");
        assertThatThrownBy(() -> TaskFolder.write(List.of(part, part), folder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("train twice");
        assertThatThrownBy(() -> new TaskFolder.Part("train", 0, part.samples()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("count: wanted at least 1, got 0");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aGeneratorThatFailsLeavesNothingBehind() throws IOException {
        TaskFolder.Part part = new TaskFolder.Part("train", 5, index -> {
            if (index == 3) {
                throw new IllegalStateException("index 3");
            }
            return before(LEFT, 1, index);
        });
        for (int trial = 0; trial < 50; trial++) {
            assertThatThrownBy(() -> TaskFolder.write(List.of(part), folder.resolve("task")))
                    .hasStackTraceContaining("index 3");
            assertThat(folder).isEmptyDirectory();
        }
    }

    @Test
    void aSampleNamesOneImageForEachPicture() {
        RenderedSample rendered = before(LEFT, 1, 0);
        assertThatThrownBy(() -> new RenderedSample(
                        rendered.sample(), rendered.pictures().subList(0, 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("pictures: wanted 2");
        assertThat(RenderedSample.imagePaths("test-000001", 1)).containsExactly(Path.of("images/test-000001.png"));
        assertThatThrownBy(() -> RenderedSample.id("test", -1)).hasMessageContaining("-1");
    }

    @Test
    void aSplitIsNamedAfterItsPurpose() {
        assertThat(Split.onePerPurpose())
                .extracting(Split::label)
                .containsExactly("train", "chains", "test", "shift", "captions", "captions-test");
        assertThat(LEFT.isCaptions()).isFalse();
        assertThat(Split.of(Purpose.CAPTIONS_TEST).isCaptions()).isTrue();
        for (String label : List.of("left", "shiftleft", "shift-", "shift-Left", "train")) {
            assertThatThrownBy(() -> new Split(Purpose.SHIFT, label))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("label: wanted 'shift'");
        }
    }
}
