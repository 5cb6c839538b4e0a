package org.reasonrft.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reasonrft.Goldens;
import org.reasonrft.torch.Torch;

/** Weights in one file and in several, in the type they are kept in and in another. */
class ShardsTest {
    private static final long SMALL = 400_000;

    @TempDir
    Path folder;

    @Test
    void shardsHoldTheSameTensorsInOrder() throws IOException {
        try (PointerScope scope = new PointerScope();
                QwenModel model = QwenModel.load(Goldens.DIRECTORY)) {
            model.save(folder, ScalarType.Float, SMALL);
            List<String> files = files();
            assertThat(files)
                    .contains("config.json", "model.safetensors.index.json", "model-00001-of-00003.safetensors")
                    .doesNotContain("model.safetensors")
                    .hasSize(5);
            for (String file : files) {
                if (file.endsWith(".safetensors")) {
                    assertThat(Files.size(folder.resolve(file))).isLessThan(SMALL + 10_000);
                }
            }
            try (QwenModel again = QwenModel.load(folder)) {
                assertSameParameters(again, model);
            }
            JsonNode index = new ObjectMapper()
                    .readTree(folder.resolve("model.safetensors.index.json").toFile());
            long elements = model.parameters().values().stream()
                    .mapToLong(Tensor::numel)
                    .sum();
            assertThat(index.path("metadata").path("total_size").asLong()).isEqualTo(4 * elements);
            assertThat(index.path("metadata").path("total_parameters").asLong()).isEqualTo(elements);
            assertThat(index.path("weight_map").size())
                    .isEqualTo(model.parameters().size());
        }
    }

    /** A limit below every tensor gives each a file of its own. */
    @Test
    void aTensorAboveTheLimitHasItsOwnShard() throws IOException {
        try (PointerScope scope = new PointerScope();
                QwenModel model = TinyModel.create(3)) {
            model.save(folder, ScalarType.Float, 1);
            assertThat(files()).hasSize(model.parameters().size() + 2);
            try (QwenModel again = QwenModel.load(folder)) {
                assertSameParameters(again, model);
            }
            Path other = folder.resolve("other");
            assertThatThrownBy(() -> model.save(other, ScalarType.Float, 0)).hasMessageContaining("got 0");
        }
    }

    @Test
    void halvesTheFilesInHalfPrecision() throws IOException {
        try (PointerScope scope = new PointerScope();
                QwenModel model = QwenModel.load(Goldens.DIRECTORY)) {
            for (ScalarType type : List.of(ScalarType.BFloat16, ScalarType.Half)) {
                Path directory = folder.resolve(type.name());
                model.save(directory, type, CheckpointWriter.MAX_SHARD_BYTES);
                assertThat(directory.resolve("config.json"))
                        .content()
                        .contains(type == ScalarType.Half ? "\"float16\"" : "\"bfloat16\"");
                try (QwenModel stored = QwenModel.loadAsStored(directory, new Device("cpu"));
                        QwenModel widened = QwenModel.load(directory)) {
                    assertThat(stored.dtype()).isEqualTo(type);
                    assertThat(widened.dtype()).isEqualTo(ScalarType.Float);
                    model.parameters().forEach((name, parameter) -> {
                        Tensor rounded = parameter.to(type);
                        assertThat(torch.equal(stored.parameters().get(name), rounded))
                                .as(name)
                                .isTrue();
                        assertThat(torch.equal(widened.parameters().get(name), rounded.to(ScalarType.Float)))
                                .as(name)
                                .isTrue();
                    });
                }
            }
        }
    }

    /** Shards replaced one at a time would be of two models for a while. */
    @Test
    void refusesAFolderThatHoldsWeights() throws IOException {
        try (PointerScope scope = new PointerScope();
                QwenModel model = TinyModel.create(3)) {
            model.save(folder);
            byte[] before = Files.readAllBytes(folder.resolve("model.safetensors"));
            assertThatThrownBy(() -> model.save(folder, ScalarType.Float, 10_000))
                    .isInstanceOf(FileAlreadyExistsException.class)
                    .hasMessageContaining("model.safetensors");
            assertThat(Files.readAllBytes(folder.resolve("model.safetensors"))).isEqualTo(before);
            assertThat(files()).containsExactly("config.json", "model.safetensors");
        }
    }

    private List<String> files() throws IOException {
        try (Stream<Path> children = Files.list(folder)) {
            return children.map(child -> child.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    private static void assertSameParameters(QwenModel actual, QwenModel expected) {
        assertThat(List.copyOf(actual.parameters().keySet()))
                .isEqualTo(List.copyOf(expected.parameters().keySet()));
        actual.parameters()
                .forEach((name, parameter) -> assertThat(Torch.floats(parameter))
                        .as(name)
                        .isEqualTo(Torch.floats(expected.parameters().get(name))));
    }
}
