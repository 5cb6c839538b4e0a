package org.reasonrft.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.bytedeco.pytorch.Tensor;
import org.reasonrft.io.AtomicFile;

/**
 * The two files of an adapter as PEFT lays them out. A tensor is named {@code base_model.model.}, the layer as it is
 * called in transformers, and {@code .lora_A.weight} or {@code .lora_B.weight}.
 */
final class PeftFiles {
    static final String CONFIG = "adapter_config.json";
    static final String WEIGHTS = "adapter_model.safetensors";

    private static final String PREFIX = "base_model.model.";
    /** Entries that turn LoRA into something else when they are set, and what they hold when they are not. */
    private static final List<String> VARIANTS = List.of(
            "use_dora",
            "use_qalora",
            "use_bdlora",
            "lora_bias",
            "fan_in_fan_out",
            "modules_to_save",
            "rank_pattern",
            "alpha_pattern",
            "layer_replication",
            "target_parameters",
            "trainable_token_indices",
            "alora_invocation_tokens",
            "arrow_config",
            "kasa_config",
            "monteclora_config",
            "velora_config");

    private PeftFiles() {}

    /** Whether a folder holds an adapter and no model. */
    static boolean isAdapter(Path folder) {
        return Files.exists(folder.resolve(CONFIG)) && Files.notExists(folder.resolve("config.json"));
    }

    /**
     * The folder of the model beneath; a relative one is taken from the adapter's.
     *
     * @throws ModelFormatException if the entry is missing or there is no such folder
     */
    static Path basePath(Path folder) throws IOException {
        Path file = folder.resolve(CONFIG);
        JsonNode entry = JsonFile.read(file).path("base_model_name_or_path");
        try {
            if (entry.isTextual() && !entry.textValue().isEmpty()) {
                Path path = folder.resolve(entry.textValue());
                if (Files.isDirectory(path)) {
                    return path;
                }
            }
        } catch (InvalidPathException e) {
            throw new ModelFormatException(file + ": base_model_name_or_path = " + entry + " is no path", e);
        }
        throw new ModelFormatException(
                file + ": base_model_name_or_path = " + entry + " names no folder; put the path of the model there");
    }

    /**
     * Reads {@code adapter_config.json}.
     *
     * @throws ModelFormatException if it is damaged or asks for more than LoRA
     */
    static LoraConfig readConfig(Path folder) throws IOException {
        Path file = folder.resolve(CONFIG);
        try {
            return parse(JsonFile.text(file));
        } catch (IllegalArgumentException e) {
            throw new ModelFormatException(file + ": " + e.getMessage(), e);
        }
    }

    /**
     * Parses the text of an {@code adapter_config.json}.
     *
     * @throws IllegalArgumentException naming the entry
     */
    static LoraConfig parse(String text) {
        ObjectNode root = JsonFile.parse(text);
        ConfigJson json = ConfigJson.parse(text);
        json.requireText("peft_type", "LORA");
        if (!json.has("peft_type")) {
            throw new IllegalArgumentException("peft_type is missing");
        }
        json.requireText("bias", "none");
        for (String key : VARIANTS) {
            if (isSet(root.path(key))) {
                throw new IllegalArgumentException(key + " = " + root.get(key) + " is not supported");
            }
        }
        JsonNode targets = root.path("target_modules");
        List<String> names = new ArrayList<>();
        if (targets.isArray()) {
            for (JsonNode target : targets) {
                if (!target.isTextual()) {
                    throw new IllegalArgumentException(
                            "target_modules must be text or a list of texts, got " + targets);
                }
                names.add(target.textValue());
            }
        } else if (targets.isTextual()) {
            // A regular expression, or "all-linear"; which layers it means the tensors say.
            names.add(targets.textValue());
        } else {
            throw new IllegalArgumentException("target_modules must be text or a list of texts, got "
                    + (targets.isMissingNode() ? "nothing" : targets));
        }
        double alpha = json.number("lora_alpha", Double.NaN);
        return new LoraConfig(
                json.integer("r"), alpha, names, json.number("lora_dropout", 0), json.flag("use_rslora", false));
    }

    private static boolean isSet(JsonNode value) {
        return !(value.isMissingNode()
                || value.isNull()
                || value.isBoolean() && !value.booleanValue()
                || value.isContainerNode() && value.isEmpty());
    }

    /** An open {@code adapter_model.safetensors}, its tensors under the names of {@link LoraAdapter#parameters}. */
    static final class Tensors implements AutoCloseable {
        private final Path path;
        private final Safetensors file;
        private final Map<String, String> storedNames = new TreeMap<>();

        private Tensors(Path path, Safetensors file) {
            this.path = path;
            this.file = file;
        }

        /**
         * Checks that the file holds A and B of layers that the model has, and nothing else.
         *
         * @return the names of these layers
         */
        TreeSet<String> requireShapes(int rank, QwenConfig config) throws ModelFormatException {
            Map<String, long[]> shapes = config.parameterShapes();
            TreeSet<String> adaptable = LoraAdapter.adaptable(config);
            TreeSet<String> modules = new TreeSet<>();
            for (Map.Entry<String, String> item : storedNames.entrySet()) {
                String name = item.getKey();
                boolean isA = name.endsWith(LoraAdapter.A);
                if (!isA && !name.endsWith(LoraAdapter.B)) {
                    throw new ModelFormatException(
                            path + ": tensor \"" + item.getValue() + "\" is neither a lora_A nor a" + " lora_B weight");
                }
                String module = name.substring(0, name.length() - LoraAdapter.A.length());
                if (!adaptable.contains(module)) {
                    throw new ModelFormatException(path + ": tensor \"" + item.getValue()
                            + "\" belongs to no linear layer of the vision tower or the decoder");
                }
                if (!storedNames.containsKey(module + (isA ? LoraAdapter.B : LoraAdapter.A))) {
                    throw new ModelFormatException(path + ": tensor \"" + item.getValue() + "\" is there without its "
                            + (isA ? "lora_B" : "lora_A"));
                }
                long[] shape = shapes.get(module + ".weight");
                file.requireShape(item.getValue(), isA ? new long[] {rank, shape[1]} : new long[] {shape[0], rank});
                file.requireParameterType(item.getValue());
                modules.add(module);
            }
            if (modules.isEmpty()) {
                throw new ModelFormatException(path + ": holds no tensor");
            }
            return modules;
        }

        void readInto(String name, Tensor target) throws IOException {
            file.readInto(storedNames.get(name), target);
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }

    /**
     * Opens the weights of an adapter and checks their header.
     *
     * @throws ModelFormatException if the file is missing, damaged or names a tensor twice
     */
    static Tensors open(Path folder) throws IOException {
        Path path = folder.resolve(WEIGHTS);
        if (Files.notExists(path) && Files.exists(folder.resolve("adapter_model.bin"))) {
            throw new ModelFormatException(
                    folder + ": " + WEIGHTS + " is not there; adapter_model.bin, a pickle, is not read");
        }
        Safetensors file = Safetensors.open(path);
        try {
            Tensors tensors = new Tensors(path, file);
            for (String stored : file.entries().keySet()) {
                String plain = stored.startsWith(PREFIX) ? stored.substring(PREFIX.length()) : stored;
                String first = tensors.storedNames.put(CheckpointFiles.flatName(plain), stored);
                if (first != null) {
                    throw new ModelFormatException(
                            path + ": tensors \"" + first + "\" and \"" + stored + "\" are the same");
                }
            }
            return tensors;
        } catch (IOException | RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    static void write(
            Path folder, LoraConfig config, QwenConfig model, Map<String, Tensor> parameters, String baseModel)
            throws IOException {
        Files.createDirectories(folder);
        TreeSet<String> modules = new TreeSet<>();
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        parameters.forEach((name, tensor) -> {
            modules.add(name.substring(0, name.length() - LoraAdapter.A.length()));
            tensors.put(PREFIX + nestedName(name, model), tensor);
        });
        ObjectNode json = new ObjectMapper().createObjectNode();
        json.put("peft_type", "LORA");
        json.put("task_type", "CAUSAL_LM");
        json.put("base_model_name_or_path", baseModel);
        json.put("inference_mode", true);
        json.put("r", config.rank());
        if (config.alpha() == Math.rint(config.alpha())) {
            // Some readers want an integer.
            json.put("lora_alpha", (long) config.alpha());
        } else {
            json.put("lora_alpha", config.alpha());
        }
        json.put("lora_dropout", config.dropout());
        json.put("use_rslora", config.rankStabilised());
        json.put("bias", "none");
        json.put("fan_in_fan_out", false);
        json.put("init_lora_weights", true);
        json.putNull("modules_to_save");
        ArrayNode targets = json.putArray("target_modules");
        targets(config, model, modules).forEach(targets::add);
        Safetensors.write(folder.resolve(WEIGHTS), tensors, Map.of("format", "pt"));
        AtomicFile.write(folder.resolve(CONFIG), json.toPrettyString() + "\n");
    }

    /**
     * The targets as configured where these mean exactly the adapted layers, otherwise the layers by their full
     * names.
     */
    private static Iterable<String> targets(LoraConfig config, QwenConfig model, TreeSet<String> modules) {
        TreeSet<String> meant = LoraAdapter.adaptable(model);
        meant.removeIf(module -> !config.matches(module));
        return meant.equals(modules)
                ? new TreeSet<>(config.targets())
                : modules.stream().map(module -> nestedName(module, model)).toList();
    }

    /** What transformers calls a layer of the flat hub form since it nests the towers of multimodal models. */
    private static String nestedName(String name, QwenConfig model) {
        if (model.vision() == null) {
            return name;
        }
        return name.startsWith("model.")
                ? "model.language_model." + name.substring("model.".length())
                : "model." + name;
    }
}
