package org.reasonrft.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.reasonrft.model.TensorAssertions.assertClose;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reasonrft.Goldens;
import org.reasonrft.torch.LiveObjects;
import org.reasonrft.torch.Torch;

/** Checkpoints on disk: forms of the hub and of transformers 5, shards, saving, damage. */
class ModelDirectoryTest {
    @TempDir
    Path temporary;

    @Test
    void savesWhatItLoaded() throws IOException {
        Path saved = temporary.resolve("checkpoint");
        try (ModelDirectory directory = ModelDirectory.load(Goldens.DIRECTORY)) {
            directory.saveTo(saved, extra -> Files.writeString(extra.resolve("optimizer.json"), "{}"));
        }
        for (String name : List.of(
                "model.safetensors",
                "tokenizer.json",
                "tokenizer_config.json",
                "preprocessor_config.json",
                "generation_config.json")) {
            assertThat(Files.mismatch(saved.resolve(name), Goldens.DIRECTORY.resolve(name)))
                    .as(name)
                    .isEqualTo(-1);
        }
        assertThat(saved.resolve("optimizer.json")).hasContent("{}");
        try (Stream<Path> children = Files.list(temporary)) {
            assertThat(children).as("no temporary directory is left").containsExactly(saved);
        }
        try (ModelDirectory again = ModelDirectory.load(saved)) {
            again.saveTo(saved);
        }
        assertThat(saved.resolve("optimizer.json")).doesNotExist();
        assertThat(Files.mismatch(saved.resolve("model.safetensors"), Goldens.DIRECTORY.resolve("model.safetensors")))
                .isEqualTo(-1);
        try (Stream<Path> children = Files.list(temporary)) {
            assertThat(children).as("the replaced directory is gone").containsExactly(saved);
        }
    }

    @Test
    void aFailedSaveLeavesTheOldCheckpoint() throws IOException {
        Path saved = temporary.resolve("checkpoint");
        try (ModelDirectory directory = ModelDirectory.load(Goldens.DIRECTORY)) {
            directory.saveTo(saved);
            assertThatThrownBy(() -> directory.saveTo(saved, extra -> {
                        throw new IOException("disk full");
                    }))
                    .hasMessage("disk full");
        }
        assertThat(Files.mismatch(saved.resolve("model.safetensors"), Goldens.DIRECTORY.resolve("model.safetensors")))
                .isEqualTo(-1);
        try (Stream<Path> children = Files.list(temporary)) {
            assertThat(children).containsExactly(saved);
        }
    }

    /** Two shards and the nested names of transformers 5, beside an index. */
    @Test
    void readsShardsAndNestedNames() throws IOException {
        Files.copy(Goldens.DIRECTORY.resolve("config.json"), temporary.resolve("config.json"));
        try (PointerScope scope = new PointerScope();
                QwenModel model = QwenModel.load(Goldens.DIRECTORY)) {
            List<Map<String, Tensor>> shards = List.of(new LinkedHashMap<>(), new LinkedHashMap<>());
            ObjectNode index = new ObjectMapper().createObjectNode();
            ObjectNode map = index.putObject("weight_map");
            int count = 0;
            for (Map.Entry<String, Tensor> parameter : model.parameters().entrySet()) {
                String name = parameter.getKey();
                String nested = name.startsWith("visual.")
                        ? "model." + name
                        : "model.language_model." + name.substring("model.".length());
                shards.get(count % 2).put(nested, parameter.getValue());
                map.put(nested, "shard-" + count % 2);
                count++;
            }
            for (int i = 0; i < 2; i++) {
                Safetensors.write(temporary.resolve("shard-" + i), shards.get(i), Map.of());
            }
            Files.writeString(temporary.resolve("model.safetensors.index.json"), index.toString());
            try (QwenModel read = QwenModel.load(temporary)) {
                assertThat(new ArrayList<>(read.parameters().keySet()))
                        .isEqualTo(new ArrayList<>(model.parameters().keySet()));
                read.parameters()
                        .forEach((name, parameter) ->
                                assertClose(parameter, model.parameters().get(name), 0));
            }
            map.put("model.visual.merger.ln_q.weight", "../shard-0");
            Files.writeString(temporary.resolve("model.safetensors.index.json"), index.toString());
            assertThatThrownBy(() -> QwenModel.load(temporary))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("\"../shard-0\" is no plain file name");
        }
    }

    @Test
    void namesMissingUnknownAndMisshapenTensors() throws IOException {
        Files.copy(Goldens.DIRECTORY.resolve("config.json"), temporary.resolve("config.json"));
        assertThatThrownBy(() -> QwenModel.load(temporary))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("neither model.safetensors nor");
        try (PointerScope scope = new PointerScope();
                QwenModel model = QwenModel.load(Goldens.DIRECTORY)) {
            Map<String, Tensor> tensors = new LinkedHashMap<>(model.parameters());
            Path file = temporary.resolve("model.safetensors");
            Tensor norm = tensors.remove("model.norm.weight");
            tensors.put("model.nrom.weight", norm);
            Safetensors.write(file, tensors, Map.of());
            assertThatThrownBy(() -> QwenModel.load(temporary))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("missing [model.norm.weight], unknown [model.nrom.weight]");
            tensors.remove("model.nrom.weight");
            tensors.put("model.norm.weight", norm.narrow(0, 0, 63));
            Safetensors.write(file, tensors, Map.of());
            long before = LiveObjects.settled();
            assertThatThrownBy(() -> QwenModel.load(temporary))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("\"model.norm.weight\" has shape [63], wanted [64]");
            assertThat(Torch.liveObjects()).as("a failed load keeps nothing").isEqualTo(before);
        }
    }

    @Test
    void refusesATokenizerThatTheModelCannotEmbed() throws IOException {
        QwenModel tiny = TinyModel.create(1);
        assertThatThrownBy(() -> ModelDirectory.of(tiny, Goldens.DIRECTORY))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("the tokenizer has 499 tokens, the model embeds only 37");
    }
}
