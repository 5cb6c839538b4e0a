package org.reasonrft.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.reasonrft.rollout.GenerationOptions;

class GenerationConfigTest {
    /** As Qwen2-VL-2B-Instruct has it. */
    private static final String PUBLISHED = """
            {"attn_implementation": "flash_attention_2", "bos_token_id": 151643, "do_sample": true,
             "eos_token_id": [151645, 151643], "pad_token_id": 151643, "temperature": 0.01, "top_k": 1, "top_p": 0.001,
             "transformers_version": "4.41.2"}""";

    @TempDir
    private Path folder;

    @Test
    void readsThePublishedForm() {
        GenerationConfig config = GenerationConfig.parse(PUBLISHED, 151936);
        assertThat(config).isEqualTo(new GenerationConfig(List.of(151645, 151643), true, 0.01, 1, 0.001, 0, 1));
        assertThat(GenerationOptions.of(config, 64, 9)).isEqualTo(new GenerationOptions(64, 0.01f, 1, 0.001f, 0, 9));
    }

    @Test
    void leftOutMeansTheDefaultsOfTransformers() throws IOException {
        assertThat(GenerationConfig.read(folder, 10)).isEqualTo(GenerationConfig.NONE);
        GenerationConfig config =
                GenerationConfig.parse("{\"eos_token_id\": 3, \"do_sample\": true, \"top_p\": null}", 10);
        assertThat(config).isEqualTo(new GenerationConfig(List.of(3), true, 1, 50, 1, 0, 1));
        assertThat(GenerationOptions.of(GenerationConfig.parse("{\"temperature\": 0.5}", 10), 8, 0))
                .isEqualTo(GenerationOptions.greedy(8));
        assertThat(GenerationOptions.of(GenerationConfig.parse("{\"repetition_penalty\": 1.05}", 10), 8, 0))
                .isEqualTo(GenerationOptions.greedy(8).withRepetitionPenalty(1.05f));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"eos_token_id\": 10}|eos_token_id must be below the vocabulary's size, 10, got 10",
                "{\"eos_token_id\": [1, -1]}|eos_token_id must be 0 or more, got -1",
                "{\"eos_token_id\": \"x\"}|eos_token_id must be an integer, got \"x\"",
                "{\"temperature\": 0}|temperature must be a finite number above 0, got 0.0",
                "{\"temperature\": \"hot\"}|temperature must be a number, got \"hot\"",
                "{\"top_k\": -1}|top_k must be 0 or more, got -1",
                "{\"top_p\": 1.5}|top_p must be above 0 and at most 1, got 1.5",
                "{\"min_p\": 1}|min_p must be 0 or more and below 1, got 1.0",
                "{\"repetition_penalty\": 0}|repetition_penalty must be a finite number above 0, got 0.0",
                "{\"do_sample\": 1}|do_sample must be true or false, got 1"
            })
    void damageIsNamed(String json, String message) throws IOException {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GenerationConfig.parse(json, 10))
                .withMessage(message);
        Path file = Files.writeString(folder.resolve("generation_config.json"), json);
        assertThatThrownBy(() -> GenerationConfig.read(folder, 10))
                .isInstanceOf(ModelFormatException.class)
                .hasMessage(file + ": " + message);
    }
}
