package org.reasonrft.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.reasonrft.io.AtomicDirectory;
import org.reasonrft.io.BoundedFile;
import org.reasonrft.text.ChatTemplate;
import org.reasonrft.text.Tokenizer;
import org.reasonrft.vision.ImageProcessor;

/**
 * A checkpoint directory: model, tokenizer, chat template and image processor together, as they are trained, saved and
 * served together. The model may have a LoRA adapter on it; such a directory holds the adapter in PEFT's layout and
 * says where the model beneath is.
 */
public final class ModelDirectory implements AutoCloseable {
    /** Files that belong to a checkpoint and that training does not change. */
    private static final List<String> COMPANIONS = List.of(
            "tokenizer.json",
            "tokenizer_config.json",
            "vocab.json",
            "merges.txt",
            "added_tokens.json",
            "special_tokens_map.json",
            "chat_template.jinja",
            "chat_template.json",
            "preprocessor_config.json",
            GenerationConfig.FILE);

    /** Tokenizers of the largest vocabularies take tens of megabytes. */
    private static final int MAX_COMPANION_BYTES = 256 << 20;
    /** Adapters on adapters; ends a circle of them. */
    private static final int MAX_ADAPTERS = 8;

    private final QwenModel base;
    private final Tokenizer tokenizer;
    private final ChatTemplate template;
    private final ImageProcessor processor;
    private final GenerationConfig generation;
    /** Read when the directory was opened: it may be replaced or gone when the next checkpoint is saved. */
    private final Map<String, byte[]> companions;
    /** Where the model without the adapter can be loaded from; null when that is nowhere. */
    private Path source;
    /** Null when there is none. */
    private LoraAdapter adapter;
    /** What the adapter was loaded from; null when it was not. */
    private Path adapterSource;

    private ModelDirectory(
            Path source,
            QwenModel base,
            Tokenizer tokenizer,
            ChatTemplate template,
            ImageProcessor processor,
            GenerationConfig generation,
            Map<String, byte[]> companions) {
        this.source = source;
        this.base = base;
        this.tokenizer = tokenizer;
        this.template = template;
        this.processor = processor;
        this.generation = generation;
        this.companions = companions;
    }

    /**
     * Loads a checkpoint directory, weights as float32 on the CPU.
     *
     * @throws IOException if a file is missing or damaged; the message names it
     */
    public static ModelDirectory load(Path directory) throws IOException {
        try (PointerScope scope = new PointerScope()) {
            return load(directory, ScalarType.Float, new Device("cpu"));
        }
    }

    /**
     * Loads a checkpoint directory, or that of an adapter: then the model beneath comes from where its
     * {@code base_model_name_or_path} says, a path. Adapters may stand on adapters; all but the last are merged.
     *
     * @param dtype type the parameters are kept in; null: the one most of them are stored in
     * @throws IOException if a file is missing or damaged; the message names it
     */
    public static ModelDirectory load(Path directory, ScalarType dtype, Device device) throws IOException {
        return load(directory, dtype, device, MAX_ADAPTERS);
    }

    private static ModelDirectory load(Path directory, ScalarType dtype, Device device, int adapters)
            throws IOException {
        if (!PeftFiles.isAdapter(directory)) {
            return open(
                    directory,
                    dtype == null
                            ? QwenModel.loadAsStored(directory, device)
                            : QwenModel.load(directory, dtype, device));
        }
        if (adapters == 0) {
            throw new ModelFormatException(directory + ": more than " + MAX_ADAPTERS + " adapters stand on each other");
        }
        ModelDirectory result = load(PeftFiles.basePath(directory), dtype, device, adapters - 1);
        try {
            result.mergeAdapter();
            result.put(LoraAdapter.load(result.base, directory));
            result.adapterSource = directory;
            return result;
        } catch (IOException | RuntimeException | Error e) {
            result.close();
            throw e;
        }
    }

    /**
     * Joins a model that is in memory, fresh for example, with the tokenizer, template and processor of a directory.
     * The result owns the model.
     */
    public static ModelDirectory of(QwenModel model, Path companions) throws IOException {
        return open(companions, model);
    }

    private static ModelDirectory open(Path directory, QwenModel model) throws IOException {
        Tokenizer tokenizer = null;
        try {
            tokenizer = Tokenizer.load(directory.resolve("tokenizer.json"));
            int rows = model.config().text().vocabularySize();
            if (tokenizer.vocabularySize() > rows) {
                throw new ModelFormatException(directory + ": the tokenizer has " + tokenizer.vocabularySize()
                        + " tokens, the model embeds only " + rows);
            }
            ImageProcessor processor = processor(
                    directory.resolve("preprocessor_config.json"),
                    model.config().vision());
            Map<String, byte[]> companions = new LinkedHashMap<>();
            for (String name : COMPANIONS) {
                if (Files.exists(directory.resolve(name))) {
                    companions.put(name, BoundedFile.read(directory.resolve(name), MAX_COMPANION_BYTES));
                }
            }
            return new ModelDirectory(
                    directory,
                    model,
                    tokenizer,
                    ChatTemplate.load(directory),
                    processor,
                    GenerationConfig.read(directory, rows),
                    companions);
        } catch (IOException | RuntimeException | Error e) {
            if (tokenizer != null) {
                tokenizer.close();
            }
            model.close();
            throw e;
        }
    }

    private static ImageProcessor processor(Path file, VisionConfig vision) throws IOException {
        if (vision == null) {
            return null;
        }
        ImageProcessor processor = ImageProcessor.read(file);
        if (processor.patchSize() != vision.patchSize()
                || processor.mergeSize() != vision.mergeSize()
                || processor.temporalPatchSize() != vision.temporalPatchSize()) {
            throw new ModelFormatException(file + ": patch_size, merge_size and temporal_patch_size are "
                    + processor.patchSize() + ", " + processor.mergeSize() + ", " + processor.temporalPatchSize()
                    + ", the model has " + vision.patchSize() + ", " + vision.mergeSize() + ", "
                    + vision.temporalPatchSize());
        }
        return processor;
    }

    /** The model, with its adapter if there is one. */
    public QwenModel model() {
        return adapter == null ? base : adapter.model();
    }

    /** The adapter on the model, or null. */
    public LoraAdapter adapter() {
        return adapter;
    }

    /**
     * Puts an adapter on the model; this object then owns it.
     *
     * @throws IllegalArgumentException if there is one already, or this one is on another model
     */
    public void put(LoraAdapter newAdapter) {
        if (adapter != null || newAdapter.base() != base) {
            throw new IllegalArgumentException(
                    adapter != null
                            ? "there is an adapter already; merge it first"
                            : "the adapter is on another model");
        }
        adapter = newAdapter;
    }

    /** Makes the adapter, if there is one, part of the model. */
    public void mergeAdapter() {
        if (adapter != null) {
            adapter.merge();
            adapter.close();
            adapter = null;
            source = adapterSource;
            adapterSource = null;
        }
    }

    public Tokenizer tokenizer() {
        return tokenizer;
    }

    public ChatTemplate template() {
        return template;
    }

    /** How pictures are prepared; null when the model reads text only. */
    public ImageProcessor processor() {
        return processor;
    }

    /** What the checkpoint says about generation. */
    public GenerationConfig generation() {
        return generation;
    }

    /**
     * Writes everything, of an adapted model the adapter alone, into an existing folder, file by file; for a writer
     * that makes the whole folder appear at once.
     *
     * @throws IllegalStateException if the model beneath the adapter was never written
     */
    public void writeInto(Path directory) throws IOException {
        if (adapter == null) {
            base.save(directory);
        } else {
            if (source == null) {
                throw new IllegalStateException("the model beneath the adapter is in no folder; save it first");
            }
            adapter.save(directory, source.toAbsolutePath().toString());
        }
        for (Map.Entry<String, byte[]> companion : companions.entrySet()) {
            Files.write(directory.resolve(companion.getKey()), companion.getValue());
        }
    }

    /** Something else to be written into a checkpoint, the state of an optimiser for example. */
    public interface Extra {
        void writeTo(Path directory) throws IOException;
    }

    /** Saves everything; see {@link #saveTo(Path, Extra)}. */
    public void saveTo(Path directory) throws IOException {
        saveTo(directory, temporary -> {});
    }

    /**
     * Saves everything into a directory that appears whole or not at all: a temporary sibling is filled, forced to disk
     * and renamed. A directory already there is replaced.
     *
     * @param extra writes more files into the same directory before it appears
     */
    public void saveTo(Path directory, Extra extra) throws IOException {
        AtomicDirectory.publish(directory, temporary -> {
            writeInto(temporary);
            extra.writeTo(temporary);
        });
    }

    @Override
    public void close() {
        tokenizer.close();
        if (adapter != null) {
            adapter.close();
        }
        base.close();
    }
}
