package org.reasonrft.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.reasonrft.Goldens;
import org.reasonrft.model.QwenConfig;
import org.reasonrft.model.TinyModel;
import org.reasonrft.text.ChatTemplate;
import org.reasonrft.text.Tokenizer;
import org.reasonrft.torch.Torch;
import org.reasonrft.vision.ImageFormatException;
import org.reasonrft.vision.ImageProcessor;

class PromptEncoderTest {
    private static Tokenizer tokenizer;
    private static PromptEncoder encoder;

    @BeforeAll
    static void load() throws IOException {
        tokenizer = Tokenizer.load(Goldens.DIRECTORY.resolve("tokenizer.json"));
        encoder = encoder(Goldens.QWEN2_VL, tokenizer, 0);
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    private static PromptEncoder encoder(Goldens checkpoint, Tokenizer tokenizer, long cacheBytes) throws IOException {
        Path directory = checkpoint.directory();
        return new PromptEncoder(
                tokenizer,
                ChatTemplate.load(directory),
                ImageProcessor.read(directory.resolve("preprocessor_config.json")),
                QwenConfig.read(directory.resolve("config.json")),
                cacheBytes);
    }

    @ParameterizedTest
    @MethodSource("org.reasonrft.Goldens#cases")
    void idsAndPositionsAreTheRecordedOnes(Goldens.Case recorded) throws IOException {
        Goldens checkpoint = recorded.checkpoint();
        try (PointerScope scope = new PointerScope();
                Tokenizer own = Tokenizer.load(checkpoint.directory().resolve("tokenizer.json"))) {
            Prompt prompt = encoder(checkpoint, own, 0).encode(recorded.question(), recorded.images());
            assertThat(prompt.ids()).containsExactly(Torch.longs(recorded.tensor("input_ids")));
            PromptBatch batch = PromptBatch.of(List.of(prompt), 0);
            assertThat(Torch.longs(batch.positions())).containsExactly(Torch.longs(recorded.tensor("position_ids")));
            assertThat(prompt.nextPosition())
                    .isEqualTo(
                            prompt.length() + recorded.meta().get("rope_delta").asLong());
        }
    }

    @Test
    void refusesPicturesThatDoNotMatchTheText() {
        Path image = Goldens.QWEN2_VL.named("one_image").images().get(0);
        assertThatThrownBy(() -> encoder.encode(List.of(), List.of(image)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the conversation has 0 picture(s), but 1 file(s) were given");
        assertThatThrownBy(() -> encoder.encode("What is <|image_pad|>?", List.of(image)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the rendered prompt has 2 picture placeholder(s) for 1 picture(s)");
    }

    @Test
    void namesAPictureThatCannotBeRead(@TempDir Path directory) throws IOException {
        Path broken = Files.writeString(directory.resolve("broken.png"), "x");
        assertThatThrownBy(() -> encoder.encode("?", List.of(broken)))
                .isInstanceOf(ImageFormatException.class)
                .hasMessageContaining(broken.toString());
    }

    @Test
    void refusesAProcessorThatCutsOtherPatches() throws IOException {
        assertThatThrownBy(() -> new PromptEncoder(
                        tokenizer,
                        ChatTemplate.of(""),
                        ImageProcessor.read(Goldens.DIRECTORY.resolve("preprocessor_config.json")),
                        TinyModel.config(),
                        0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("14, 2, 2 differ from the model's 2, 2, 2");
    }

    /** 84 x 56 pixels are 3 x 2 tokens of 28 pixels; bounds make them fewer or more. */
    @Test
    void pixelBoundsDecideHowManyTokensAPictureTakes() throws IOException {
        List<Path> picture =
                List.of(Goldens.QWEN2_VL.named("two_images").images().get(0));
        assertThat(encoder.encode("?", picture).pictureTokens(2)).isEqualTo(6);
        Prompt small = encoder.withPixelBounds(28L * 28, 28L * 28).encode("?", picture);
        Prompt large = encoder.withPixelBounds(40L * 28 * 28, null).encode("?", picture);
        assertThat(small.pictureTokens(2)).isEqualTo(1);
        assertThat(large.pictureTokens(2)).isBetween(40, 60);
        assertThat(large.length() - small.length()).isEqualTo(large.pictureTokens(2) - 1);
        assertThatThrownBy(() -> encoder.withPixelBounds(1000L, 999L))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got 1000 and 999");
    }

    @Test
    void theCacheKeepsPicturesUntilTheyChangeOrTheSpaceIsGone(@TempDir Path directory) throws IOException {
        Path first = directory.resolve("a.png");
        Path second = directory.resolve("b.png");
        Files.copy(Goldens.QWEN2_VL.named("two_images").images().get(0), first);
        Files.copy(Goldens.QWEN2_VL.named("two_images").images().get(1), second);
        // 84 x 56 pixels: 24 patches of 1176 numbers. Room for one picture, not for two.
        PromptEncoder cached = encoder(Goldens.QWEN2_VL, tokenizer, 24 * 1176 * 4 + 1000);
        ImageProcessor.Pixels pixels = pixels(cached, first);
        assertThat(pixels(cached, first)).isSameAs(pixels);
        Files.copy(second, first, StandardCopyOption.REPLACE_EXISTING);
        Files.setLastModifiedTime(first, FileTime.fromMillis(1));
        ImageProcessor.Pixels changed = pixels(cached, first);
        assertThat(changed.values()).isNotEqualTo(pixels.values());
        assertThat(pixels(cached, second).values()).containsExactly(changed.values());
        assertThat(pixels(cached, first)).as("dropped for the second").isNotSameAs(changed);
        assertThat(pixels(encoder, first)).isNotSameAs(pixels(encoder, first));
    }

    private static ImageProcessor.Pixels pixels(PromptEncoder encoder, Path image) throws IOException {
        return encoder.encode("?", List.of(image)).pictures().get(0);
    }
}
