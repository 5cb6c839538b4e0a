package org.reasonrft.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.reasonrft.io.AtomicFile;
import org.reasonrft.torch.CounterRandom;
import org.reasonrft.torch.Torch;

/**
 * A model of the Qwen2 family: pictures and text in, hidden states and logits out. Qwen2-VL (arXiv:2409.12191),
 * Qwen2.5-VL (arXiv:2502.13923) and the text-only Qwen2 and Qwen2.5 are one decoder with another vision tower or none.
 * Agrees with the implementations in transformers and reads and writes their checkpoints.
 *
 * <p>Every method that returns a tensor is a function of its arguments and the parameters, records a graph when
 * gradients are enabled and a parameter asks for one, and leaves its result in the caller's
 * {@link org.bytedeco.javacpp.PointerScope}. The model owns its
 * parameters until {@link #close}. One thread at a time may change parameters; any number may read.
 */
public final class QwenModel implements AutoCloseable {
    private static final double EMBEDDING_DEVIATION = 0.02;
    /** Numbers drawn on the Java heap at a time. */
    private static final int INITIALIZER_CHUNK = 1 << 20;

    static {
        Torch.load();
    }

    private final QwenConfig config;
    private final Weights weights;
    /** Null when the model reads text only. */
    private final VisionTower vision;

    private final TextDecoder decoder;
    /** Made when first asked for. */
    private SequenceDecoder sequenceDecoder;

    /** Null when nothing is adapted; otherwise the parameters belong to the model beneath. */
    private final LoraAdapter adapter;

    /**
     * Result of a decoding pass.
     *
     * @param hidden (B, T, hidden) after the final norm
     * @param keyValues of all tokens so far, (earlier + T) a row
     */
    public record Decoded(Tensor hidden, KeyValues keyValues) {}

    private QwenModel(QwenConfig config, Weights weights, LoraAdapter adapter) {
        this.config = config;
        this.weights = weights;
        this.adapter = adapter;
        vision = VisionTower.of(config.vision(), weights, adapter);
        decoder = new TextDecoder(config.text(), weights, adapter);
    }

    private QwenModel(QwenConfig config, ScalarType dtype, Device device) {
        this(config, new Weights(config, dtype, device), null);
    }

    /** The same parameters under an adapter. */
    QwenModel with(LoraAdapter above) {
        return new QwenModel(config, weights, above);
    }

    void requireUnadapted() {
        if (adapter != null) {
            throw new IllegalArgumentException("base: an adapter is on the model already; merge that one first");
        }
    }

    /** Reads a checkpoint directory into float32 parameters on the CPU; see {@link #load(Path, ScalarType, Device)}. */
    public static QwenModel load(Path directory) throws IOException {
        try (PointerScope scope = new PointerScope()) {
            return load(directory, ScalarType.Float, new Device("cpu"));
        }
    }

    /**
     * Reads a checkpoint directory and keeps the parameters in the type that most of them are stored in: what a model
     * needs that is not trained, or that is trained by adapters.
     *
     * @throws ModelFormatException as in {@link #load(Path, ScalarType, Device)}
     */
    public static QwenModel loadAsStored(Path directory, Device device) throws IOException {
        return read(directory, null, device);
    }

    /**
     * Reads {@code config.json} and {@code model.safetensors} (or the shards that {@code model.safetensors.index.json}
     * names). Tensor names may be those of the hub or those of transformers 5. Everything is checked before memory is
     * taken, and then no more is taken than the parameters and a few megabytes.
     *
     * @param dtype type the parameters are kept in; what the files hold is converted
     * @throws ModelFormatException if a file is damaged or a tensor is missing, unknown or of another shape
     */
    public static QwenModel load(Path directory, ScalarType dtype, Device device) throws IOException {
        return read(directory, dtype, device);
    }

    private static QwenModel read(Path directory, ScalarType dtype, Device device) throws IOException {
        QwenConfig config = QwenConfig.read(directory.resolve("config.json"));
        try (CheckpointFiles files = CheckpointFiles.open(directory)) {
            files.requireShapes(config);
            QwenModel model = new QwenModel(config, dtype == null ? files.storedType() : dtype, device);
            try {
                for (Map.Entry<String, Tensor> parameter : model.parameters().entrySet()) {
                    files.readInto(parameter.getKey(), parameter.getValue());
                }
                return model;
            } catch (IOException | RuntimeException | Error e) {
                model.close();
                throw e;
            }
        }
    }

    /**
     * A model with fresh parameters on the CPU: normal distributions, for matrices of variance 1 / inputs (LeCun et al.
     * 1998), which at Qwen2-VL's widths is about the 0.02 of the reference implementation and lets narrow models learn
     * from the start; for the embedding of standard deviation 0.02; biases 0, norm weights 1. A parameter depends only on
     * the seed, its name and its shape.
     *
     * @param dtype floating-point type of the parameters, to which the float32 numbers drawn are rounded
     */
    public static QwenModel initialise(QwenConfig config, ScalarType dtype, long seed) {
        try (PointerScope scope = new PointerScope();
                NoGradGuard noGrad = new NoGradGuard()) {
            QwenModel model = new QwenModel(config, dtype, new Device("cpu"));
            model.parameters().forEach((name, parameter) -> initialise(name, parameter, seed));
            return model;
        }
    }

    /** In float32; see {@link #initialise(QwenConfig, ScalarType, long)}. */
    public static QwenModel initialise(QwenConfig config, long seed) {
        return initialise(config, ScalarType.Float, seed);
    }

    private static void initialise(String name, Tensor parameter, long seed) {
        try (PointerScope scope = new PointerScope()) {
            if (parameter.dim() > 1) {
                long key = CounterRandom.combine(seed, name);
                double deviation = name.contains("embed_tokens")
                        ? EMBEDDING_DEVIATION
                        : 1 / Math.sqrt((double) parameter.numel() / parameter.size(0));
                Tensor flat = parameter.view(-1);
                for (long at = 0; at < parameter.numel(); at += INITIALIZER_CHUNK) {
                    float[] values = new float[(int) Math.min(INITIALIZER_CHUNK, parameter.numel() - at)];
                    long first = at;
                    IntStream.range(0, values.length)
                            .parallel()
                            .forEach(i -> values[i] = (float) (deviation * CounterRandom.gaussian(key, first + i)));
                    flat.narrow(0, at, values.length).copy_(Torch.tensor(values, values.length));
                }
            } else if (name.endsWith("weight")) {
                parameter.copy_(torch.ones(parameter.shape()));
            }
        }
    }

    /** Writes the parameters in their own type, sharded above 5 GB; see {@link #save(Path, ScalarType, long)}. */
    public void save(Path directory) throws IOException {
        save(directory, weights.dtype(), CheckpointWriter.MAX_SHARD_BYTES);
    }

    /**
     * Writes {@code config.json} and {@code model.safetensors}, or shards and their index, each file atomically, with
     * names and layout of the hub. Equal parameters give equal bytes. {@link ModelDirectory} makes whole checkpoints
     * appear at once.
     *
     * @param directory holds no weights yet
     * @param dtype type to store the parameters in
     * @param maxShardBytes most bytes of parameters in one file
     * @throws java.nio.file.FileAlreadyExistsException if the directory holds weights already
     * @throws IllegalStateException if an adapter is on the model, whose part in it would be lost
     */
    public void save(Path directory, ScalarType dtype, long maxShardBytes) throws IOException {
        if (adapter != null) {
            throw new IllegalStateException(
                    "an adapter is on the model: save the adapter, or merge it and save the model" + " beneath");
        }
        Files.createDirectories(directory);
        CheckpointWriter.write(directory, parameters(), dtype, maxShardBytes);
        AtomicFile.write(directory.resolve("config.json"), config.toJson(dtype));
    }

    public QwenConfig config() {
        return config;
    }

    /** Type of the parameters and activations. */
    public ScalarType dtype() {
        return weights.dtype();
    }

    /** Where the parameters are. */
    public Device device() {
        return weights.device();
    }

    /**
     * The parameters by name, in a fixed order: vision tower, embedding, layers, final norm, head (absent when it is
     * the embedding). Leaves of the autograd graph; change them in place only, under {@code NoGradGuard}: projections
     * share memory with the fused matrices of generation. The tensors are the model's own and must not be closed.
     */
    public Map<String, Tensor> parameters() {
        return weights.parameters();
    }

    /** Makes exactly the parameters whose names pass collect gradients. */
    public void requireGradients(Predicate<String> names) {
        parameters().forEach((name, parameter) -> parameter.set_requires_grad(names.test(name)));
    }

    /** Whether anything of the vision tower or its merger, an adapter included, collects gradients. */
    public boolean recordsVision() {
        return collects(parameters()) || adapter != null && collects(adapter.parameters());
    }

    private static boolean collects(Map<String, Tensor> tensors) {
        return tensors.entrySet().stream()
                .anyMatch(item ->
                        item.getKey().startsWith("visual.") && item.getValue().requires_grad());
    }

    /**
     * Embeddings of pictures, ready to stand at the placeholders. Pictures of one size run as one batch.
     *
     * @param pixelValues (sum of t h w, channels x frames x rows x columns of a patch), from the image processor
     * @param gridThw per picture frames, rows and columns of patches
     * @return (sum of t h w / mergeSize^2, hidden), pictures in order
     * @throws IllegalArgumentException if the shapes do not fit or the model reads text only
     */
    public Tensor imageEmbeddings(Tensor pixelValues, long[][] gridThw) {
        if (vision == null) {
            throw new IllegalArgumentException("a model of type " + config.modelType() + " reads no pictures");
        }
        return Torch.keep(() -> vision.forward(pixelValues, gridThw));
    }

    /**
     * Token embeddings.
     *
     * @param ids int64 (B, T)
     * @return (B, T, hidden)
     */
    public Tensor embed(Tensor ids) {
        Torch.requireShape("ids", ids, -1, -1);
        return torch.embedding(embedding(), ids.to(weights.device(), ScalarType.Long));
    }

    /**
     * Token embeddings with those of pictures at the placeholders, in row-major order of {@code ids}.
     *
     * @param ids int64 (B, T)
     * @param imageEmbeddings (number of placeholders, hidden), or null when there are none
     * @return (B, T, hidden)
     * @throws IllegalArgumentException if the placeholders are not as many as the embeddings
     */
    public Tensor embed(Tensor ids, Tensor imageEmbeddings) {
        if (imageEmbeddings == null) {
            return embed(ids);
        }
        return Torch.keep(() -> {
            Tensor text = embed(ids);
            Tensor places = ids.to(weights.device(), ScalarType.Long)
                    .flatten()
                    .eq(new org.bytedeco.pytorch.Scalar((long) config.tokens().image()))
                    .nonzero()
                    .flatten();
            Torch.requireShape(
                    "imageEmbeddings", imageEmbeddings, -1, config.text().hiddenSize());
            if (places.numel() != imageEmbeddings.size(0)) {
                throw new IllegalArgumentException("ids hold " + places.numel()
                        + " picture placeholders, imageEmbeddings " + imageEmbeddings.size(0) + " rows");
            }
            return text.flatten(0, 1)
                    .index_copy(0, places, imageEmbeddings.to(text.scalar_type()))
                    .view_as(text);
        });
    }

    /** Decodes rows from their first token; see {@link #decode(Tensor, Tensor, Tensor, KeyValues)}. */
    public Decoded prefill(Tensor embeddings, Tensor positions, Tensor attentionMask) {
        return decode(embeddings, positions, attentionMask, (KeyValues) null);
    }

    /**
     * Decodes T tokens a row behind those in {@code past}. Autograd sees through {@code past}: a loss on the result
     * sends gradients into the pass that made it.
     *
     * @param embeddings (B, T, hidden)
     * @param positions int64 (3, B, T), see {@link RopeIndex}
     * @param attentionMask bool (B, past + T), false at padding; null when nothing is padded
     * @param past keys and values of earlier tokens for B rows, or null
     * @throws IllegalArgumentException if a shape does not fit
     */
    public Decoded decode(Tensor embeddings, Tensor positions, Tensor attentionMask, KeyValues past) {
        long length = past == null ? 0 : past.length();
        checkDecodeArguments(
                embeddings, positions, attentionMask, length, past == null ? embeddings.size(0) : past.batchSize());
        KeyValues.Builder store = new KeyValues.Builder(past);
        Tensor hidden = decoder.forward(embeddings, positions, attentionMask, store);
        return new Decoded(hidden, store.build());
    }

    /**
     * Decodes T tokens a row behind those in {@code cache}, and writes theirs into it. Never records a graph.
     *
     * @return (B, T, hidden) after the final norm
     * @see #decode(Tensor, Tensor, Tensor, KeyValues)
     */
    public Tensor decode(Tensor embeddings, Tensor positions, Tensor attentionMask, KeyValueCache cache) {
        checkDecodeArguments(embeddings, positions, attentionMask, cache.length(), cache.batchSize());
        return Torch.keep(() -> {
            try (NoGradGuard noGrad = new NoGradGuard()) {
                return decoder.forward(embeddings, positions, attentionMask, cache);
            }
        });
    }

    /** Whether {@link #decode(Tensor, Tensor, long[], long[], long[], SequenceCache)} works: in float32 on the processor, unadapted. */
    public boolean decodesSequences() {
        return weights.dtype() == ScalarType.Float && weights.device().is_cpu() && adapter == null;
    }

    /**
     * Memory for keys and values of sequences of any lengths.
     *
     * @param capacity tokens that each can hold
     * @throws IllegalStateException unless {@link #decodesSequences}
     */
    public SequenceCache sequenceCache(long sequences, long capacity) {
        requireSequences();
        if (sequences < 1 || capacity < 1) {
            throw new IllegalArgumentException(
                    "sequences and capacity must be at least 1, got " + sequences + " and " + capacity);
        }
        return new SequenceCache(config.text(), sequences, capacity);
    }

    /**
     * Decodes N tokens of sequences of any lengths, without padding, and writes their keys and values into the cache. A
     * token's result is the same bits whatever is decoded beside it, and whether the tokens before it come in this call or
     * came in earlier ones. Never records a graph.
     *
     * @param embeddings (N, hidden), overwritten
     * @param positions int64 (3, N), see {@link RopeIndex}
     * @param sequences of the cache that each token belongs to
     * @param places of the tokens in their sequences, ascending within each; those before hold earlier tokens
     * @param wanted indices of the tokens to return, for the others the last layer does only what later tokens need; null
     *     for all
     * @return hidden states (wanted, hidden) before the final norm, for {@link #sequenceLogits}
     * @throws IllegalArgumentException if a shape does not fit, or a sequence, place or index lies outside its range
     * @throws IllegalStateException unless {@link #decodesSequences}
     */
    public Tensor decode(
            Tensor embeddings, Tensor positions, long[] sequences, long[] places, long[] wanted, SequenceCache cache) {
        requireSequences();
        Torch.requireShape(
                "embeddings", embeddings, sequences.length, config.text().hiddenSize());
        Torch.requireShape("positions", positions, 3, sequences.length);
        for (int i = 0; wanted != null && i < wanted.length; i++) {
            if (wanted[i] < 0 || wanted[i] >= sequences.length) {
                throw new IllegalArgumentException(
                        "wanted: got index " + wanted[i] + " among " + sequences.length + " tokens");
            }
        }
        return Torch.keep(() -> {
            try (NoGradGuard noGrad = new NoGradGuard()) {
                Tensor angles =
                        decoder.angles(positions.unsqueeze(1)).flatten(0, 1).contiguous();
                return sequenceDecoder().forward(embeddings.detach(), angles, sequences, places, wanted, cache);
            }
        });
    }

    /**
     * Logits over the vocabulary.
     *
     * @param hidden (N, hidden) contiguous, as {@link #decode(Tensor, Tensor, long[], long[], long[], SequenceCache)} returns it
     * @return (N, vocabulary)
     */
    public Tensor sequenceLogits(Tensor hidden) {
        requireSequences();
        return Torch.keep(() -> sequenceDecoder().logits(hidden));
    }

    private void requireSequences() {
        if (!decodesSequences()) {
            throw new IllegalStateException("sequences of any lengths need float32 parameters on the processor and no"
                    + " adapter, got " + weights.dtype() + " on "
                    + weights.device().str().getString() + (adapter == null ? "" : " under an adapter"));
        }
    }

    private synchronized SequenceDecoder sequenceDecoder() {
        if (sequenceDecoder == null) {
            try (PointerScope scope = new PointerScope()) {
                sequenceDecoder = new SequenceDecoder(config.text(), weights, headWeight());
            }
        }
        return sequenceDecoder;
    }

    /**
     * Logits over the vocabulary.
     *
     * @param hidden (..., hidden)
     * @return (..., vocabulary)
     */
    public Tensor logits(Tensor hidden) {
        return torch.linear(hidden, headWeight());
    }

    /** The matrix of the language-model head, (vocabulary, hidden): the token embedding itself when tied. */
    public Tensor headWeight() {
        return config.tiedEmbeddings() ? embedding() : weights.get("lm_head.weight");
    }

    @Override
    public void close() {
        decoder.close();
        if (adapter == null) {
            weights.close();
        }
    }

    TextDecoder decoder() {
        return decoder;
    }

    /** Lets a pass that is run once more draw the dropout masks of the first time. */
    void repeatDropout() {
        if (adapter != null) {
            adapter.repeatDropout();
        }
    }

    private Tensor embedding() {
        return weights.get("model.embed_tokens.weight");
    }

    void checkDecodeArguments(Tensor embeddings, Tensor positions, Tensor attentionMask, long past, long batch) {
        Torch.requireShape("embeddings", embeddings, batch, -1, config.text().hiddenSize());
        long tokens = embeddings.size(1);
        Torch.requireShape("positions", positions, 3, batch, tokens);
        if (attentionMask != null) {
            Torch.requireShape("attentionMask", attentionMask, batch, past + tokens);
        }
    }
}
