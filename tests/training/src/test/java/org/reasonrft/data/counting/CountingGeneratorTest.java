package org.reasonrft.data.counting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.reasonrft.data.DataException;
import org.reasonrft.data.Sample;
import org.reasonrft.data.SampleReader;

class CountingGeneratorTest {
    @TempDir
    Path folder;

    @Test
    void writtenRecordsAreTheOnesInMemory() throws IOException {
        CountingSpec train = new CountingSpec(CountingSplit.TRAIN, 20, 1);
        CountingSpec captions = new CountingSpec(CountingSplit.CAPTIONS, 10, 1);
        Path target = folder.resolve("deep/counting");

        List<Path> files = CountingGenerator.generate(List.of(train, captions), target);

        assertThat(files).containsExactly(target.resolve("train.json"), target.resolve("captions.json"));
        List<Sample> samples = SampleReader.read(files.get(0));
        assertThat(samples).hasSize(20);
        assertThat(SampleReader.read(files.get(1))).hasSize(10).noneMatch(Sample::hasChainOfThought);
        for (int i = 0; i < 20; i++) {
            CountingGenerator.Rendered rendered = CountingGenerator.render(train, i);
            Sample wanted = rendered.sample();
            Path picture = target.resolve(wanted.images().get(0));
            assertThat(samples.get(i))
                    .isEqualTo(new Sample(
                            wanted.id(),
                            List.of(picture),
                            wanted.problem(),
                            wanted.answer(),
                            wanted.chainOfThought(),
                            wanted.extras()));
            BufferedImage image = ImageIO.read(samples.get(i).images().get(0).toFile());
            int[] pixels = image.getRGB(0, 0, 48, 48, null, 0, 48);
            assertThat(Arrays.stream(pixels).map(p -> p & 0xFFFFFF).toArray())
                    .isEqualTo(rendered.picture().rgb());
        }
    }

    @Test
    void oneSeedGivesOneDataSetByteForByte() throws IOException {
        CountingSpec spec = new CountingSpec(CountingSplit.SHIFT, 30, 9);
        CountingGenerator.generate(spec, folder.resolve("a"));
        CountingGenerator.generate(spec, folder.resolve("b"));
        assertThat(bytes(folder.resolve("a"))).hasSize(31).isEqualTo(bytes(folder.resolve("b")));
        CountingGenerator.generate(new CountingSpec(CountingSplit.SHIFT, 30, 10), folder.resolve("c"));
        assertThat(bytes(folder.resolve("c"))).isNotEqualTo(bytes(folder.resolve("a")));
    }

    @Test
    void aLongerDataSetBeginsWithTheShorterOne() throws IOException {
        CountingGenerator.generate(new CountingSpec(CountingSplit.TEST, 5, 9), folder.resolve("short"));
        CountingGenerator.generate(new CountingSpec(CountingSplit.TEST, 12, 9), folder.resolve("long"));
        var all = bytes(folder.resolve("long"));
        bytes(folder.resolve("short")).forEach((name, content) -> {
            if (name.endsWith(".png")) {
                assertThat(all).containsEntry(name, content);
            }
        });
        assertThat(SampleReader.read(folder.resolve("long/test.json")))
                .extracting(Sample::problem)
                .startsWith(SampleReader.read(folder.resolve("short/test.json")).stream()
                        .map(Sample::problem)
                        .toArray(String[]::new));
    }

    /** Recorded once: texts must mean the same pictures in every version that reads a seed from a paper. */
    @Test
    void aSeedMeansTheSameTexts() {
        CRC32 crc = new CRC32();
        for (CountingSplit split : CountingSplit.values()) {
            for (int i = 0; i < 100; i++) {
                Sample sample = CountingGenerator.render(new CountingSpec(split, 1, 42).withOverlooking(0.5), i)
                        .sample();
                crc.update(sample.toString().replace('\\', '/').getBytes(StandardCharsets.UTF_8));
            }
        }
        assertThat(crc.getValue()).isEqualTo(229830199L);
    }

    @Test
    void splitsAndIndicesAreUnrelated() {
        Set<Scene> scenes = new HashSet<>();
        for (CountingSplit split : CountingSplit.values()) {
            for (int i = 0; i < 200; i++) {
                scenes.add(CountingGenerator.render(new CountingSpec(split, 1, 2), i)
                        .scene());
            }
        }
        assertThat(scenes).hasSize(200 * CountingSplit.values().length);
    }

    @Test
    void refusesAFolderInUseAndLeavesItAlone() throws IOException {
        Path target = Files.createDirectory(folder.resolve("data"));
        Path own = Files.writeString(target.resolve("notes.txt"), "mine");
        CountingSpec spec = new CountingSpec(CountingSplit.TRAIN, 2, 1);
        assertThatThrownBy(() -> CountingGenerator.generate(spec, target))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(target.toString())
                .hasMessageContaining("not empty");
        assertThatThrownBy(() -> CountingGenerator.generate(spec, own))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(own.toString());
        assertThat(own).hasContent("mine");
        assertThat(names(folder)).containsExactly("data");
        Files.delete(own);
        assertThat(CountingGenerator.generate(spec, target)).isRegularFile();
    }

    @Test
    void aFolderThatCannotBeMadeIsNamedAndLeavesNothingBehind() throws IOException {
        Path blocked = Files.writeString(folder.resolve("file"), "x");
        assertThatThrownBy(() -> CountingGenerator.generate(
                        new CountingSpec(CountingSplit.TRAIN, 2, 1), blocked.resolve("data")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(blocked.toString());
        assertThat(names(folder)).containsExactly("file");
    }

    @Test
    void refusesNoSplitAndTheSameSplitTwice() {
        CountingSpec spec = new CountingSpec(CountingSplit.TRAIN, 2, 1);
        assertThatThrownBy(() -> CountingGenerator.generate(List.of(), folder.resolve("a")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("specs");
        assertThatThrownBy(() -> CountingGenerator.generate(List.of(spec, spec), folder.resolve("a")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("TRAIN twice");
        assertThatThrownBy(() -> CountingGenerator.render(spec, -1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("-1");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 48, 2, 7, count",
        "1, 47, 2, 7, pictureSize",
        "1, 45, 2, 7, pictureSize",
        "1, 1347, 2, 7, pictureSize",
        "1, 48, 0, 7, minObjects",
        "1, 48, 5, 4, maxObjects",
        "1, 48, 2, 10, maxObjects",
    })
    void refusesNumbersOutOfRange(int count, int size, int min, int max, String argument) {
        assertThatThrownBy(() -> new CountingSpec(CountingSplit.TRAIN, count, 1, size, min, max, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(argument + ": wanted");
    }

    /** Extreme ranges of objects must still give valid questions of every type. */
    @ParameterizedTest
    @CsvSource({"TRAIN, 1, 1", "SHIFT, 1, 1", "TRAIN, 9, 9", "SHIFT, 9, 9", "CAPTIONS, 1, 9"})
    void everyRangeOfObjectsWorks(CountingSplit split, int min, int max) {
        CountingSpec spec = new CountingSpec(split, 1, 4, 48, min, max, 0);
        for (int i = 0; i < 200; i++) {
            CountingGenerator.Rendered rendered = CountingGenerator.render(spec, i);
            assertThat(rendered.scene().objects()).hasSizeBetween(min, max);
            if (!split.isCaptions()) {
                assertThat(rendered.sample().answer())
                        .isEqualTo(
                                "" + QuestionEvaluator.answer(rendered.sample().problem(), rendered.scene()));
            }
        }
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static TreeMap<String, List<Byte>> bytes(Path root) throws IOException {
        TreeMap<String, List<Byte>> content = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                byte[] raw = Files.readAllBytes(file);
                Byte[] boxed = new Byte[raw.length];
                Arrays.setAll(boxed, i -> raw[i]);
                content.put(root.relativize(file).toString(), Arrays.asList(boxed));
            }
        }
        return content;
    }
}
