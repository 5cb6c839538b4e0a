package org.reasonrft.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.reasonrft.Goldens;

class QwenConfigTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static ObjectNode flat() throws IOException {
        return (ObjectNode)
                JSON.readTree(Goldens.DIRECTORY.resolve("config.json").toFile());
    }

    @Test
    void readsTheFlatForm() throws IOException {
        QwenConfig config = QwenConfig.read(Goldens.DIRECTORY.resolve("config.json"));
        assertThat(config.text())
                .isEqualTo(new QwenConfig.Text(1024, 64, 160, 3, 4, 2, 4096, 1e-6, 1e6, List.of(2, 3, 3)));
        assertThat(config.vision()).isEqualTo(new Qwen2VLVision.Config(2, 32, 2, 4, 3, 14, 2, 2));
        assertThat(config.tokens()).isEqualTo(new QwenConfig.Tokens(485, 487, 497, 498, 494, 495));
        assertThat(config.tiedEmbeddings()).isTrue();
    }

    @Test
    void readsTheNestedForm() throws IOException {
        QwenConfig wanted = QwenConfig.parse(flat().toString());
        ObjectNode root = flat();
        ObjectNode text = JSON.createObjectNode();
        for (String key : List.of(
                "vocab_size",
                "hidden_size",
                "intermediate_size",
                "num_hidden_layers",
                "num_attention_heads",
                "num_key_value_heads",
                "max_position_embeddings",
                "rms_norm_eps",
                "hidden_act",
                "bos_token_id",
                "eos_token_id")) {
            text.set(key, root.remove(key));
        }
        ObjectNode rope = text.putObject("rope_parameters");
        rope.set("mrope_section", root.remove("rope_scaling").get("mrope_section"));
        rope.put("rope_type", "default");
        rope.set("rope_theta", root.remove("rope_theta"));
        root.set("text_config", text);
        assertThat(QwenConfig.parse(root.toString())).isEqualTo(wanted);
    }

    @Test
    void writesWhatItReads() throws IOException {
        QwenConfig config = QwenConfig.parse(flat().toString());
        assertThat(QwenConfig.parse(config.toJson(ScalarType.Float))).isEqualTo(config);
        assertThat(config.toJson(ScalarType.BFloat16)).contains("\"bfloat16\"");
        // Nothing that transformers needs is missing.
        assertThat(JSON.readTree(config.toJson(ScalarType.Float))).isEqualTo(flat());
        assertThatThrownBy(() -> config.toJson(ScalarType.Int)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "model_type; \"llama\"; model_type must be one of [qwen2, qwen2_vl, qwen2_5_vl], got \"llama\"",
                "hidden_size; null; hidden_size is missing",
                "hidden_size; 63; num_attention_heads = 4 must divide hidden_size = 63",
                "hidden_size; 64.5; hidden_size must be an integer, got 64.5",
                "hidden_size; \"64\"; hidden_size must be an integer",
                "hidden_size; 0; hidden_size must be positive, got 0",
                "num_key_value_heads; 3; num_key_value_heads = 3 must divide num_attention_heads = 4",
                "rope_scaling; {\"mrope_section\": [2, 3, 4]}; sum to half the head size 16, got [2, 3, 4]",
                "rope_scaling; null; got []",
                "rms_norm_eps; 0; rms_norm_eps must be positive",
                "rope_theta; \"big\"; rope_theta must be a number",
                "hidden_act; \"gelu\"; hidden_act must be \"silu\", got \"gelu\"",
                "use_sliding_window; true; use_sliding_window",
                "image_token_id; 1024; token id 1024 lies outside the vocabulary of 1024",
                "image_token_id; null; image_token_id is missing",
                "vision_config; {}; depth is missing",
            })
    void namesWhatIsWrong(String key, String value, String message) throws IOException {
        ObjectNode root = flat();
        root.set(key, JSON.readTree(value));
        assertThatThrownBy(() -> QwenConfig.parse(root.toString()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void namesTheFile(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("config.json");
        for (String content : new String[] {"", "[]", "{\"model_type\": "}) {
            Files.writeString(file, content);
            assertThatThrownBy(() -> QwenConfig.read(file))
                    .as(content)
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining(file.toString());
        }
    }
}
