package org.reasonrft.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.reasonrft.model.Safetensors;

/**
 * What a checkpoint holds besides the model: the phase, the steps done and the optimizer's moments. Order of samples
 * and sampling are functions of seed and step and need no state.
 *
 * <p>Layout: {@code training/state.json}, {@code training/optimizer.safetensors} inside the checkpoint folder.
 */
final class TrainingState {
    private static final ObjectMapper JSON = new ObjectMapper();

    private TrainingState() {}

    /**
     * @param phase {@code sft} or {@code grpo}
     * @param step steps done
     * @param threads threads of the run, part of its numerical identity
     * @param tokens tokens seen
     */
    record Header(String phase, long step, int threads, long tokens) {}

    static void write(Path checkpoint, Header header, AdamW optimizer) throws IOException {
        Path folder = Files.createDirectory(checkpoint.resolve("training"));
        ObjectNode state = JSON.createObjectNode();
        state.put("phase", header.phase());
        state.put("step", header.step());
        state.put("threads", header.threads());
        state.put("num_tokens", header.tokens());
        state.put("optimizer_steps", optimizer.steps());
        Files.writeString(folder.resolve("state.json"), state.toPrettyString() + "\n");
        Safetensors.write(folder.resolve("optimizer.safetensors"), optimizer.state(), Map.of());
    }

    /**
     * Continues the optimizer from a checkpoint.
     *
     * @throws IllegalArgumentException if the checkpoint is of another phase, another number of threads or another model
     */
    static Header restore(Path checkpoint, String phase, int threads, AdamW optimizer) throws IOException {
        Path folder = checkpoint.resolve("training");
        JsonNode state = json(folder.resolve("state.json"));
        Header header = new Header(
                state.path("phase").asText(),
                state.path("step").asLong(-1),
                state.path("threads").asInt(),
                state.path("num_tokens").asLong());
        if (!header.phase().equals(phase) || header.step() < 0) {
            throw new IllegalArgumentException("checkpoint " + checkpoint + ": is of phase '" + header.phase()
                    + "', cannot be continued by " + phase);
        }
        if (header.threads() != threads) {
            throw new IllegalArgumentException("threads: got " + threads + ", but " + checkpoint + " was trained with "
                    + header.threads() + "; another number would round differently");
        }
        try (PointerScope scope = new PointerScope();
                Safetensors file = Safetensors.open(folder.resolve("optimizer.safetensors"))) {
            try {
                optimizer.restore(file, state.path("optimizer_steps").asLong());
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("checkpoint " + checkpoint + ": " + e.getMessage(), e);
            }
        }
        return header;
    }

    private static JsonNode json(Path file) throws IOException {
        try {
            return JSON.readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            throw new IOException(file + ": no valid JSON: " + e.getOriginalMessage(), e);
        }
    }
}
