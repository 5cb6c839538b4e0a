package org.reasonrft.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.reasonrft.run.RunOutput;

/**
 * The checkpoint that comes with the program: a Qwen2-VL of a million parameters that describes pictures of the counting
 * task and says which objects are of a kind, and has never seen a question of the task. {@code README.md} beside the
 * files has the commands that made it.
 */
final class BaseModel {
    private static final String RESOURCES = "/org/reasonrft/base/";
    private static final List<String> FILES = List.of(
            "config.json",
            "generation_config.json",
            "model.safetensors",
            "preprocessor_config.json",
            "tokenizer.json",
            "tokenizer_config.json");

    private BaseModel() {}

    /** Writes the checkpoint into a folder that appears whole or not at all. */
    static void extractTo(Path folder) {
        RunOutput.publish(folder, target -> {
            for (String file : FILES) {
                try (InputStream in = BaseModel.class.getResourceAsStream(RESOURCES + file)) {
                    if (in == null) {
                        throw new IOException("this build lacks the resource " + RESOURCES + file);
                    }
                    Files.copy(in, target.resolve(file));
                }
            }
        });
    }
}
