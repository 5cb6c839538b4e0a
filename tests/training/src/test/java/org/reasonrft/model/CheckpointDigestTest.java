package org.reasonrft.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointDigestTest {
    @TempDir
    Path folder;

    private Path checkpoint(String name, String weights, String config) throws IOException {
        Path checkpoint = Files.createDirectory(folder.resolve(name));
        Files.writeString(checkpoint.resolve("model.safetensors"), weights);
        Files.writeString(checkpoint.resolve("config.json"), config);
        return checkpoint;
    }

    @Test
    void isTheSameForTheSameFilesAndNoOthers() throws IOException {
        Path checkpoint = checkpoint("a", "weights", "{}");
        String digest = CheckpointDigest.of(checkpoint);
        assertThat(digest).matches("[0-9a-f]{64}").isEqualTo(CheckpointDigest.of(checkpoint("b", "weights", "{}")));
        assertThat(CheckpointDigest.of(checkpoint("c", "weightS", "{}"))).isNotEqualTo(digest);
        assertThat(CheckpointDigest.of(checkpoint("d", "weight", "s{}")))
                .as("a byte moved from one file to the next")
                .isNotEqualTo(digest);
        // What training leaves beside a model is no part of it.
        Files.writeString(Files.createDirectory(checkpoint.resolve("training")).resolve("state.json"), "{}");
        Files.writeString(checkpoint.resolve("README.md"), "x");
        assertThat(CheckpointDigest.of(checkpoint)).isEqualTo(digest);
        Files.writeString(checkpoint.resolve("chat_template.jinja"), "x");
        assertThat(CheckpointDigest.of(checkpoint)).isNotEqualTo(digest);
    }

    @Test
    void followsAnAdapterToTheModelBeneath() throws IOException {
        Path base = checkpoint("base", "weights", "{}");
        Path adapter = Files.createDirectory(folder.resolve("adapter"));
        Files.writeString(adapter.resolve("adapter_config.json"), "{\"base_model_name_or_path\":\"../base\"}");
        Files.writeString(adapter.resolve("adapter_model.safetensors"), "low rank");
        String digest = CheckpointDigest.of(adapter);
        Files.writeString(base.resolve("model.safetensors"), "other weights");
        assertThat(CheckpointDigest.of(adapter)).isNotEqualTo(digest);
    }
}
