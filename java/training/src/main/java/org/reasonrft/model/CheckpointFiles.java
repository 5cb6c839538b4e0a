package org.reasonrft.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The safetensors files of a checkpoint, one or several, under the names of the flat hub form. All headers are checked,
 * against each other and the index, when it is opened; nothing is allocated for tensors before.
 */
final class CheckpointFiles implements AutoCloseable {
    static final String SINGLE = "model.safetensors";
    static final String INDEX = "model.safetensors.index.json";

    private static final String HEAD = "lm_head.weight";

    private record Place(Safetensors file, String storedName) {}

    private final Path directory;
    private final Map<String, Safetensors> files = new LinkedHashMap<>();
    private final Map<String, Place> places = new LinkedHashMap<>();

    private CheckpointFiles(Path directory) {
        this.directory = directory;
    }

    /**
     * Opens {@code model.safetensors} or, where that is not there, the shards that the index names.
     *
     * @throws ModelFormatException if there is neither, a file is damaged, a shard is missing or holds other tensors
     *     than the index says
     */
    static CheckpointFiles open(Path directory) throws IOException {
        CheckpointFiles result = new CheckpointFiles(directory);
        try {
            if (Files.exists(directory.resolve(SINGLE))) {
                Safetensors file = Safetensors.open(directory.resolve(SINGLE));
                result.files.put(SINGLE, file);
                for (String name : file.entries().keySet()) {
                    result.place(name, file);
                }
            } else if (Files.exists(directory.resolve(INDEX))) {
                result.openShards();
            } else {
                throw new ModelFormatException(directory + ": neither " + SINGLE + " nor " + INDEX + " is there");
            }
            return result;
        } catch (IOException | RuntimeException | Error e) {
            result.close();
            throw e;
        }
    }

    private void openShards() throws IOException {
        Path index = directory.resolve(INDEX);
        JsonNode map = JsonFile.read(index).path("weight_map");
        if (!map.isObject()) {
            throw new ModelFormatException(index + ": weight_map is missing");
        }
        for (Map.Entry<String, JsonNode> item : map.properties()) {
            Safetensors shard = shard(index, item.getKey(), item.getValue());
            if (!shard.entries().containsKey(item.getKey())) {
                throw new ModelFormatException(index + ": tensor \"" + item.getKey() + "\" is not in "
                        + item.getValue().asText());
            }
            place(item.getKey(), shard);
        }
        for (Map.Entry<String, Safetensors> shard : files.entrySet()) {
            for (String name : shard.getValue().entries().keySet()) {
                if (!shard.getKey().equals(map.path(name).asText())) {
                    throw new ModelFormatException(directory.resolve(shard.getKey()) + ": tensor \"" + name + "\" is "
                            + (map.has(name) ? "assigned to " + map.get(name) : "not listed") + " in " + INDEX);
                }
            }
        }
    }

    private Safetensors shard(Path index, String tensor, JsonNode node) throws IOException {
        String name = node.asText();
        if (!node.isTextual() || !isPlainFileName(name)) {
            throw new ModelFormatException(
                    index + ": tensor \"" + tensor + "\": shard " + node + " is no plain file name");
        }
        Safetensors shard = files.get(name);
        if (shard == null) {
            Path file = directory.resolve(name);
            if (Files.notExists(file)) {
                throw new ModelFormatException(
                        index + ": tensor \"" + tensor + "\": shard \"" + name + "\" is not there");
            }
            shard = Safetensors.open(file);
            files.put(name, shard);
        }
        return shard;
    }

    /** A name that cannot lead out of the folder. */
    private static boolean isPlainFileName(String name) {
        return !name.isEmpty() && !name.equals(".") && !name.equals("..") && name.matches("[^/\\\\:\\x00]*");
    }

    private void place(String storedName, Safetensors file) throws ModelFormatException {
        if (places.put(flatName(storedName), new Place(file, storedName)) != null) {
            throw new ModelFormatException(directory + ": tensor \"" + flatName(storedName) + "\" is there twice");
        }
    }

    /** transformers 5 nests the towers under one name; the hub does not. */
    static String flatName(String name) {
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
        Map<String, long[]> shapes = config.parameterShapes();
        TreeSet<String> missing = new TreeSet<>(shapes.keySet());
        TreeSet<String> unknown = new TreeSet<>(places.keySet());
        unknown.removeAll(missing);
        missing.removeAll(places.keySet());
        if (config.tiedEmbeddings()) {
            // Some writers store the tied head a second time.
            unknown.remove(HEAD);
        }
        if (!missing.isEmpty() || !unknown.isEmpty()) {
            throw new ModelFormatException(directory + ": tensors do not match config.json; missing " + some(missing)
                    + ", unknown " + some(unknown));
        }
        for (Map.Entry<String, long[]> wanted : shapes.entrySet()) {
            Place place = places.get(wanted.getKey());
            place.file.requireShape(place.storedName, wanted.getValue());
            place.file.requireParameterType(place.storedName);
        }
    }

    private static String some(TreeSet<String> names) {
        return names.size() <= 8
                ? names.toString()
                : names.stream().limit(8).toList() + " and " + (names.size() - 8) + " more";
    }

    /**
     * The type that most of the stored numbers have; a checkpoint may keep a few of them, norms for example, in
     * another.
     */
    ScalarType storedType() {
        Map<ScalarType, Long> counts = new EnumMap<>(ScalarType.class);
        for (Place place : places.values()) {
            Safetensors.Entry entry = place.file.entries().get(place.storedName);
            counts.merge(entry.dtype(), entry.count(), Long::sum);
        }
        return counts.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse(ScalarType.Float);
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
