package org.reasonrft.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import org.bytedeco.pytorch.Tensor;

/**
 * The safetensors files of a checkpoint, one or several, under the names of the flat hub form.
 */
final class CheckpointFiles implements AutoCloseable {
    private static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";

    private record Place(Safetensors file, String storedName) {}

    private final Path directory;
    private final Map<String, Safetensors> files = new LinkedHashMap<>();
    private final Map<String, Place> places = new LinkedHashMap<>();

    private CheckpointFiles(Path directory) {
        this.directory = directory;
    }

    static CheckpointFiles open(Path directory) throws IOException {
        CheckpointFiles result = new CheckpointFiles(directory);
        try {
            if (Files.exists(directory.resolve(SINGLE))) {
                Safetensors file = result.file(SINGLE);
                for (String name : file.entries().keySet()) {
                    result.place(name, file);
                }
            } else if (Files.exists(directory.resolve(INDEX))) {
                result.readIndex();
            } else {
                throw new ModelFormatException(directory + ": neither " + SINGLE + " nor " + INDEX + " is there");
            }
            return result;
        } catch (IOException | RuntimeException | Error e) {
            result.close();
            throw e;
        }
    }

    private void readIndex() throws IOException {
        Path index = directory.resolve(INDEX);
        JsonNode map;
        try {
            map = new ObjectMapper().readTree(Files.readAllBytes(index)).path("weight_map");
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new ModelFormatException(index + ": no valid JSON: " + e.getMessage(), e);
        }
        if (!map.isObject()) {
            throw new ModelFormatException(index + ": weight_map is missing");
        }
        for (Map.Entry<String, JsonNode> item : map.properties()) {
            String shard = item.getValue().asText();
            if (!Path.of(shard).equals(Path.of(shard).getFileName())) {
                throw new ModelFormatException(index + ": shard \"" + shard + "\" is no plain file name");
            }
            place(item.getKey(), file(shard));
        }
    }

    private Safetensors file(String name) throws IOException {
        Safetensors file = files.get(name);
        if (file == null) {
            file = Safetensors.open(directory.resolve(name));
            files.put(name, file);
        }
        return file;
    }

    private void place(String storedName, Safetensors file) throws ModelFormatException {
        if (places.put(flatName(storedName), new Place(file, storedName)) != null) {
            throw new ModelFormatException(directory + ": tensor \"" + flatName(storedName) + "\" is there twice");
        }
    }

    /** transformers 5 nests the towers under one name; the hub does not. */
    private static String flatName(String name) {
        if (name.startsWith("model.visual.")) {
            return name.substring("model.".length());
        }
        if (name.startsWith("model.language_model.")) {
            return "model." + name.substring("model.language_model.".length());
        }
        return name;
    }

    /** Checks that exactly the model's tensors are there, in their shapes, before anything is allocated for them. */
    void requireShapes(QwenConfig config) throws ModelFormatException {
        int layers = Math.max(
                config.text().layers(),
                config.vision() == null ? 0 : config.vision().depth());
        if (layers > places.size()) {
            throw new ModelFormatException(directory + ": tensors do not match config.json, which has " + layers
                    + " layers; there are only " + places.size() + " tensors");
        }
        Map<String, long[]> shapes = Weights.shapes(config);
        TreeSet<String> missing = new TreeSet<>(shapes.keySet());
        TreeSet<String> unknown = new TreeSet<>(places.keySet());
        unknown.removeAll(missing);
        missing.removeAll(places.keySet());
        if (config.tiedEmbeddings()) {
            // Some writers store the tied head a second time.
            unknown.remove("lm_head.weight");
        }
        if (!missing.isEmpty() || !unknown.isEmpty()) {
            throw new ModelFormatException(directory + ": tensors do not match config.json; missing " + some(missing)
                    + ", unknown " + some(unknown));
        }
        for (Map.Entry<String, long[]> wanted : shapes.entrySet()) {
            Place place = places.get(wanted.getKey());
            place.file.requireShape(place.storedName, wanted.getValue());
        }
    }

    private static String some(TreeSet<String> names) {
        return names.size() <= 8
                ? names.toString()
                : names.stream().limit(8).toList() + " and " + (names.size() - 8) + " more";
    }

    void readInto(String name, Tensor target) throws IOException {
        Place place = places.get(name);
        place.file.readInto(place.storedName, target);
    }

    @Override
    public void close() throws IOException {
        for (Safetensors file : files.values()) {
            file.close();
        }
    }
}
