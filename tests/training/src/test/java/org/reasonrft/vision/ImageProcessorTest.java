package org.reasonrft.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.reasonrft.Goldens;
import org.reasonrft.torch.Torch;

class ImageProcessorTest {
    private static ImageProcessor processor() throws IOException {
        return ImageProcessor.read(Goldens.DIRECTORY.resolve("preprocessor_config.json"));
    }

    /** Enlarging (one_image, two_images), both directions (odd_size) and shrinking (large), by Pillow. */
    @ParameterizedTest
    @MethodSource("org.reasonrft.Goldens#cases")
    void pixelsAreTheRecordedOnes(Goldens.Case recorded) throws IOException {
        List<float[]> parts = new ArrayList<>();
        List<long[]> grids = new ArrayList<>();
        for (Path image : recorded.images()) {
            ImageProcessor.Pixels pixels = ImageProcessor.read(
                            recorded.checkpoint().directory().resolve("preprocessor_config.json"))
                    .process(image);
            parts.add(pixels.values());
            grids.add(pixels.grid());
        }
        try (PointerScope scope = new PointerScope()) {
            List<long[]> wantedGrids = recorded.grids();
            assertThat(grids).hasSameSizeAs(wantedGrids);
            float[] wanted = grids.isEmpty() ? new float[0] : Torch.floats(recorded.tensor("pixel_values"));
            int at = 0;
            for (int i = 0; i < parts.size(); i++) {
                assertThat(grids.get(i)).containsExactly(wantedGrids.get(i));
                for (float value : parts.get(i)) {
                    // One step of 8 bits would be 0.015.
                    assertThat(value).isCloseTo(wanted[at++], within(1e-5f));
                }
            }
            assertThat(at).isEqualTo(wanted.length);
        }
    }

    /** By hand from the rule: multiples of 28, ties to even, area in [3136, 50176]. */
    @ParameterizedTest
    @CsvSource({
        "56, 56, 56, 56", // already fits
        "98, 70, 112, 56", // 3.5 and 2.5 windows: ties to even give 4 and 2
        "1, 1, 56, 56", // grows to the smallest area
        "10, 1000, 28, 560", // the short side rounds to 0, so it grows
        "640, 480, 252, 168", // shrinks to the largest area
        "28, 5600, 28, 3164", // the ratio that is just allowed; the short side cannot shrink
    })
    void resizedSizes(int width, int height, int newWidth, int newHeight) throws IOException {
        ImageProcessor.Size size = processor().resizedSize(width, height);
        assertThat(size).isEqualTo(new ImageProcessor.Size(newWidth, newHeight));
    }

    @Test
    void refusesSlivers() throws IOException {
        ImageProcessor processor = processor();
        assertThatThrownBy(() -> processor.resizedSize(1, 201))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1 x 201");
    }

    @Test
    void aFlatPictureStaysFlatWhateverItsSize() throws IOException {
        byte[] samples = new byte[61 * 143 * 3];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (byte) (100 + i % 3);
        }
        ImageProcessor processor = processor();
        float[] values = processor.process(new RgbImage(61, 143, samples)).values();
        int perChannel = 2 * 14 * 14;
        for (int i = 0; i < values.length; i++) {
            int channel = i / perChannel % 3;
            float wanted = ((100 + channel) / 255f - processor.mean()[channel])
                    / processor.std()[channel];
            assertThat(values[i]).isCloseTo(wanted, within(1e-6f));
        }
    }

    @Test
    void readsBothNamesOfTheBounds(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("preprocessor_config.json");
        String rest = "\"image_mean\": [0, 0, 0], \"image_std\": [1, 1, 1]}";
        Files.writeString(file, "{\"min_pixels\": 5000, \"max_pixels\": 6000, " + rest);
        assertThat(ImageProcessor.read(file).maxPixels()).isEqualTo(6000);
        Files.writeString(file, "{\"size\": {\"shortest_edge\": 5000, \"longest_edge\": 7000}, " + rest);
        assertThat(ImageProcessor.read(file).maxPixels()).isEqualTo(7000);
        Files.writeString(file, "{\"min_pixels\": 5000, \"max_pixels\": 4000, " + rest);
        assertThatThrownBy(() -> ImageProcessor.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("5000 and 4000");
        Files.writeString(file, "{\"image_mean\": [0, 0, 0]}");
        assertThatThrownBy(() -> ImageProcessor.read(file)).hasMessageContaining("image_std is missing");
    }
}
