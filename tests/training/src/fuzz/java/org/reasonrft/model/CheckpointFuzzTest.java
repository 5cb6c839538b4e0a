package org.reasonrft.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.io.TempDir;
import org.reasonrft.rollout.GenerationOptions;
import org.reasonrft.torch.Torch;

/**
 * Coverage-guided bytes for everything that reads a checkpoint: the answer is a {@link ModelFormatException} (for
 * parsers of text, an {@link IllegalArgumentException}) or a result that keeps what its type promises. Anything else,
 * running out of memory included, is a finding. Run with {@code -Pfuzz}; see CONTRIBUTING.md.
 */
class CheckpointFuzzTest {
    private static final String MOST = "10m";

    @TempDir
    static Path folder;

    @FuzzTest(maxDuration = MOST)
    void safetensors(byte[] data) throws IOException {
        Path path = Files.write(folder.resolve("fuzzed.safetensors"), data);
        try (PointerScope scope = new PointerScope();
                Safetensors file = Safetensors.open(path)) {
            long bytes = 0;
            for (Map.Entry<String, Safetensors.Entry> item : file.entries().entrySet()) {
                Tensor tensor = file.read(item.getKey());
                assertThat(tensor.shape()).isEqualTo(item.getValue().shape());
                assertThat(Torch.dtype(tensor)).isSameAs(item.getValue().dtype());
                bytes += tensor.numel() * tensor.element_size();
            }
            assertThat(bytes).isLessThanOrEqualTo(data.length);
        } catch (ModelFormatException e) {
            assertThat(e).hasMessageContaining(path.toString());
        }
    }

    /** The header alone: many more tries a second than with a file around it. */
    @FuzzTest(maxDuration = MOST)
    void header(byte[] data) {
        long dataBytes = 22;
        if (data.length < 2) {
            return; // Safetensors.open refuses such lengths.
        }
        try {
            SafetensorsHeader header = SafetensorsHeader.parse(
                    Path.of("fuzzed"), ByteBuffer.wrap(data), 8 + data.length, 8 + data.length + dataBytes);
            long covered = 0;
            for (Safetensors.Entry entry : header.entries().values()) {
                assertThat(entry.begin()).isGreaterThanOrEqualTo(8 + data.length);
                assertThat(entry.count()).isNotNegative();
                covered += entry.end() - entry.begin();
            }
            assertThat(covered).isEqualTo(dataBytes);
        } catch (ModelFormatException e) {
            assertThat(e).hasMessageContaining("fuzzed");
        }
    }

    /** The index beside one shard of two tensors. */
    @FuzzTest(maxDuration = MOST)
    void shardIndex(byte[] data) throws IOException {
        Path checkpoint = Files.createDirectories(folder.resolve("index"));
        Path shard = checkpoint.resolve("model-1.safetensors");
        if (Files.notExists(shard)) {
            try (PointerScope scope = new PointerScope()) {
                Safetensors.write(shard, Map.of("a", Torch.zeros(2), "b", Torch.zeros(1)), Map.of());
            }
        }
        Files.write(checkpoint.resolve(CheckpointFiles.INDEX), data);
        try (CheckpointFiles files = CheckpointFiles.open(checkpoint)) {
            assertThat(files.storedType()).isSameAs(ScalarType.Float);
        } catch (ModelFormatException e) {
            assertThat(e).hasMessageContaining(checkpoint.toString());
        }
    }

    @FuzzTest(maxDuration = MOST)
    void config(byte[] data) {
        QwenConfig config;
        try {
            config = QwenConfig.parse(new String(data, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).isNotBlank();
            return;
        }
        assertThat(QwenConfig.parse(config.toJson(ScalarType.Float))).isEqualTo(config);
        int blocks = Math.max(
                config.text().layers(),
                config.vision() == null ? 0 : config.vision().depth());
        if (blocks < 1000) {
            config.parameterShapes()
                    .forEach((name, shape) -> assertThat(Arrays.stream(shape).allMatch(size -> size > 0))
                            .as(name)
                            .isTrue());
        }
    }

    @FuzzTest(maxDuration = MOST)
    void adapterConfig(byte[] data) {
        try {
            LoraConfig config = PeftFiles.parse(new String(data, StandardCharsets.UTF_8));
            assertThat(config.scale()).isPositive();
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    @FuzzTest(maxDuration = MOST)
    void generationConfig(byte[] data) {
        try {
            GenerationConfig config = GenerationConfig.parse(new String(data, StandardCharsets.UTF_8), 100);
            assertThat(config.stopIds()).allMatch(id -> id >= 0 && id < 100);
            assertThat(GenerationOptions.of(config, 1, 0).repetitionPenalty()).isPositive();
        } catch (IllegalArgumentException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }
}
