package org.reasonrft.kernels;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;

/**
 * {@link LogProbs} with the language-model head fused in: {@code logits = hidden weight^T} is made, used and forgotten one
 * tile of the vocabulary at a time, so that memory for logits does not grow with N V. With {@code z = logits / temperature}:
 *
 * <pre>{@code
 * forward:    logProb, logSumExp, entropy of z            as LogProbs
 * backward:   gradHidden = gradLogits weight,   gradWeight = gradLogits^T hidden,   gradLogits as in LogProbs
 * }</pre>
 *
 * <pre>{@code
 * LinearLogProbs head = LinearLogProbs.of(hidden, weight, completionIds, product).temperature(0.9);
 * head.forward(logProbs);
 * PolicyLoss.of(logProbs, ...).gradLogProbs(gradLogProbs).compute(options);
 * head.backward(gradLogProbs, gradHidden, gradWeight);
 * }</pre>
 *
 * The same idea as Liger's fused linear GRPO loss and Apple's cut cross-entropy (Wijmans et al. 2024, arXiv:2411.09009).
 * Backward makes each tile of logits a second time: three products forward and back become four. Logits have the type of
 * {@code hidden}, as {@code product} rounds them; from there on everything is as exact as in {@code LogProbs}, and a row's
 * results depend on other rows only as far as those of {@code product} do.
 *
 * <p>Memory beside the arguments: one tile of {@link #bufferBytes} and {@value LogitTiles#STATE_BYTES} bytes a row, kept
 * between calls. Not for concurrent use.
 */
public final class LinearLogProbs {

    /** Default of {@link #bufferBytes}: a tile of 1024 rows in bfloat16, which a last-level cache holds. */
    public static final long DEFAULT_BUFFER_BYTES = 8L << 20;

    private static final DType[] FLOATS = {DType.F32, DType.BF16, DType.F16};

    private final View hidden;
    private final View weight;
    private final View tokenIds;
    private final MatrixProduct product;
    private final long rows;
    private final long vocabulary;
    private final long[] shape;
    private long bufferBytes = DEFAULT_BUFFER_BYTES;
    private View mask;
    private double temperature = 1;
    private View temperatures;
    private int threads;
    private Backend backend; // null: where the views are
    private View logSumExp;
    private View entropy;
    private View gradEntropy;
    private boolean accumulateGradWeight;
    private List<Block> blocks; // of the last forward
    private View workspace; // states, then the tile

    /** Rows that share a tile, few enough for the buffer. */
    private record Block(long begin, long rows, LogitTiles tiles) {
        View of(View array) {
            return array == null ? null : array.narrow(0, begin, rows);
        }
    }

    private LinearLogProbs(View hidden, View weight, View tokenIds, MatrixProduct product) {
        this.hidden = Checks.rows("hidden", hidden, new long[] {-1, -1}, FLOATS);
        this.weight = Checks.rows("weight", weight, new long[] {-1, hidden.size(1)}, hidden.dtype());
        this.rows = hidden.size(0);
        this.vocabulary = weight.size(0);
        this.shape = new long[] {rows};
        Checks.atLeast("hidden: width", hidden.size(1), 1);
        Checks.atLeast("weight: vocabulary", vocabulary, 1);
        this.tokenIds = Checks.contiguous("tokenIds", tokenIds, shape, DType.I32, DType.I64);
        if (product == null) {
            throw new IllegalArgumentException("product: null; wanted a matrix product");
        }
        this.product = product;
    }

    /**
     * @param hidden F32, BF16 or F16 of shape (N, H), the width contiguous: the last hidden states of the tokens that count
     * @param weight of the same type, shape (V, H), the width contiguous: the head, as PyTorch's {@code Linear} holds it
     * @param tokenIds I32 or I64 of shape (N), contiguous, each in [0, V) where the mask is not 0
     * @param product used on the calling thread alone
     * @throws IllegalArgumentException naming the argument, what came and what was wanted
     */
    public static LinearLogProbs of(View hidden, View weight, View tokenIds, MatrixProduct product) {
        return new LinearLogProbs(hidden, weight, tokenIds, product);
    }

    /**
     * U8 of shape (N), contiguous: 0 gives a row log-prob and gradient 0. Null, the default, counts every row. A masked row
     * costs as much as any other; leave it out of {@code hidden} where that is easy.
     */
    public LinearLogProbs mask(View newMask) {
        mask = newMask == null ? null : Checks.contiguous("mask", newMask, shape, DType.U8);
        return changed();
    }

    /** What logits are divided by first; the temperature of sampling. Above 0, 1 by default. */
    public LinearLogProbs temperature(double newTemperature) {
        temperature = Checks.temperature(newTemperature);
        return changed();
    }

    /** A temperature for each row in place of {@link #temperature}: F32 of shape (N), contiguous. Null: one for all. */
    public LinearLogProbs temperatures(View input) {
        temperatures = input == null ? null : Checks.contiguous("temperatures", input, shape, DType.F32);
        return changed();
    }

    /** Threads of our kernels at most, up to 1024; 0, the default, is {@link Kernels#defaultThreads()}. */
    public LinearLogProbs threads(int newThreads) {
        threads = Checks.threads(newThreads);
        return changed();
    }

    /** The implementation to run. Null, the default: the one for where the views are. */
    public LinearLogProbs backend(Backend newBackend) {
        backend = newBackend;
        return changed();
    }

    /**
     * Memory for logits, at least one tile of {@value LogitTiles#ALIGNMENT} entries of one row; 8 MiB by default. More
     * rows than fit go through the head in several blocks.
     */
    public LinearLogProbs bufferBytes(long bytes) {
        Checks.atLeast(
                "bufferBytes",
                bytes,
                (long) LogitTiles.ALIGNMENT * hidden.dtype().bytes());
        if (bytes > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("bufferBytes: " + bytes + "; wanted at most " + Integer.MAX_VALUE);
        }
        bufferBytes = bytes;
        workspace = null;
        return changed();
    }

    /** Bytes that {@link #workspace} needs for the present {@link #bufferBytes}: the tile, and the states of the rows. */
    public long workspaceBytes() {
        return stateBytes()
                + blockRows()
                        * Math.min(tileSize(), vocabulary)
                        * hidden.dtype().bytes();
    }

    /**
     * Memory of the caller's to work in, as calls on a device need; set after {@link #bufferBytes}. Null, the default: memory
     * of the processor is allocated by the first {@link #forward}.
     *
     * @param memory U8, contiguous, of at least {@link #workspaceBytes}, at an address divisible by 8, where the other views
     *     are
     */
    public LinearLogProbs workspace(View memory) {
        if (memory != null) {
            Checks.output("workspace", memory, new long[] {-1}, DType.U8);
            Checks.atLeast("workspace: bytes", memory.elements(), workspaceBytes());
        }
        workspace = memory;
        return changed();
    }

    /** Where {@link #forward} also writes the log-sum-exp of {@code z}: F32 of shape (N). Null: not wanted. */
    public LinearLogProbs logSumExp(View output) {
        logSumExp = output == null ? null : Checks.output("logSumExp", output, shape, DType.F32);
        return changed();
    }

    /** Where {@link #forward} also writes the entropy, in nats: F32 of shape (N). Null: not wanted. */
    public LinearLogProbs entropy(View output) {
        entropy = output == null ? null : Checks.output("entropy", output, shape, DType.F32);
        return changed();
    }

    /** The gradient by the entropy that {@link #backward} adds: F32 of shape (N). Null, the default: none. */
    public LinearLogProbs gradEntropy(View input) {
        gradEntropy = input == null ? null : Checks.contiguous("gradEntropy", input, shape, DType.F32);
        return this;
    }

    /** Whether {@link #backward} adds to {@code gradWeight} rather than replace it. False by default. */
    public LinearLogProbs accumulateGradWeight(boolean accumulate) {
        accumulateGradWeight = accumulate;
        return this;
    }

    /**
     * Writes the log-probabilities, and the outputs asked for before.
     *
     * @param logProbs F32 of shape (N), contiguous
     * @throws IllegalArgumentException naming the argument, also for a token id outside the vocabulary; nothing but
     *     {@link #bufferBytes} has been written then
     */
    public void forward(View logProbs) {
        Checks.output("logProbs", logProbs, shape, DType.F32);
        Checks.apart("logProbs", logProbs, "hidden", hidden);
        Checks.apart("logProbs", logProbs, "weight", weight);
        blocks = null;
        List<Block> made = makeBlocks();
        for (long begin = 0; begin < vocabulary; begin += tileSize()) {
            View entries = weight.narrow(0, begin, Math.min(tileSize(), vocabulary - begin));
            for (Block block : made) {
                block.tiles().merge(begin, logits(block, entries));
            }
        }
        for (Block block : made) {
            block.tiles().finish(block.of(logProbs));
        }
        blocks = made;
        Reference.reachabilityFence(this);
    }

    /**
     * Writes the gradients of a scalar by the hidden states and the weight, given its gradient by the log-probabilities.
     * Hidden states and weight still hold what {@link #forward} read.
     *
     * @param gradLogProbs F32 of shape (N), contiguous
     * @param gradHidden F32 of shape (N, H), the width contiguous: tiles are summed in it; null: not wanted
     * @param gradWeight of the type of the weight or F32, shape (V, H), the width contiguous; null: not wanted. Where N takes
     *     several blocks ({@link #bufferBytes}), those are summed in it: F32 loses nothing then
     * @throws IllegalArgumentException naming the argument
     * @throws IllegalStateException without a forward since the last change of this object
     */
    public void backward(View gradLogProbs, View gradHidden, View gradWeight) {
        Checks.contiguous("gradLogProbs", gradLogProbs, shape, DType.F32);
        if (gradHidden != null) {
            Checks.writable("gradHidden", Checks.rows("gradHidden", gradHidden, dimensions(hidden), DType.F32));
        }
        if (gradWeight != null) {
            Checks.writable(
                    "gradWeight", Checks.rows("gradWeight", gradWeight, dimensions(weight), weight.dtype(), DType.F32));
        }
        for (View output : new View[] {gradHidden, gradWeight}) {
            String name = output == gradHidden ? "gradHidden" : "gradWeight";
            Checks.apart(name, output, "hidden", hidden);
            Checks.apart(name, output, "weight", weight);
            Checks.apart(name, output, "gradLogProbs", gradLogProbs);
        }
        Checks.apart("gradHidden", gradHidden, "gradWeight", gradWeight);
        if (blocks == null) {
            throw new IllegalStateException("backward before forward, or after a change of this object");
        }
        if (rows == 0 && gradWeight != null && !accumulateGradWeight) {
            product.multiply(weight.narrow(1, 0, 0), hidden, gradWeight, false); // a sum of nothing
        }
        for (long begin = 0; begin < vocabulary; begin += tileSize()) {
            long size = Math.min(tileSize(), vocabulary - begin);
            View entries = weight.narrow(0, begin, size);
            for (Block block : blocks) {
                View tile = logits(block, entries);
                block.tiles().gradEntropy(block.of(gradEntropy)).backward(begin, tile, block.of(gradLogProbs), tile);
                if (gradHidden != null) {
                    product.multiply(tile, entries, block.of(gradHidden), begin > 0);
                }
                if (gradWeight != null) {
                    product.multiply(
                            tile.transpose(0, 1),
                            block.of(hidden),
                            gradWeight.narrow(0, begin, size),
                            accumulateGradWeight || block.begin() > 0);
                }
            }
        }
        Reference.reachabilityFence(this);
    }

    private View logits(Block block, View entries) {
        View tile = part(stateBytes(), hidden.dtype(), block.rows(), entries.size(0));
        product.multiply(block.of(hidden), entries.transpose(0, 1), tile, false);
        return tile;
    }

    private List<Block> makeBlocks() {
        long most = blockRows();
        if (workspace == null) {
            if (hidden.stream().isPresent()) {
                throw new IllegalArgumentException("workspace: not set; wanted " + workspaceBytes()
                        + " bytes of memory of " + hidden.stream().get());
            }
            workspace = View.allocate(DType.U8, workspaceBytes());
        }
        List<Block> made = new ArrayList<>();
        for (long begin = 0; begin < rows; begin += most) {
            long size = Math.min(most, rows - begin);
            View state = part(begin * LogitTiles.STATE_BYTES, DType.I64, size, LogitTiles.STATE_BYTES / Long.BYTES);
            Block block = new Block(begin, size, LogitTiles.of(tokenIds.narrow(0, begin, size), vocabulary, state));
            block.tiles()
                    .mask(block.of(mask))
                    .temperature(temperature)
                    .temperatures(block.of(temperatures))
                    .threads(threads)
                    .backend(backend)
                    .logSumExp(block.of(logSumExp))
                    .entropy(block.of(entropy));
            made.add(block);
        }
        return made;
    }

    private long stateBytes() {
        return rows * LogitTiles.STATE_BYTES;
    }

    /** Memory of the workspace from a byte on. */
    private View part(long firstByte, DType dtype, long... shape) {
        long elements = 1;
        for (long size : shape) {
            elements *= size;
        }
        return workspace.narrow(0, firstByte, elements * dtype.bytes()).as(dtype, shape);
    }

    /** Rows that have a tile of the least size in the buffer together. */
    private long blockRows() {
        long least = Math.min(vocabulary, LogitTiles.ALIGNMENT) * hidden.dtype().bytes();
        return Math.max(1, Math.min(rows, bufferBytes / least));
    }

    /** Entries of the vocabulary in a tile; whole pieces of {@link LogitTiles#ALIGNMENT}, so that the choice changes no bit. */
    private long tileSize() {
        long pieces = bufferBytes
                / (blockRows() * LogitTiles.ALIGNMENT * hidden.dtype().bytes());
        return Math.max(1, pieces) * LogitTiles.ALIGNMENT;
    }

    private LinearLogProbs changed() {
        blocks = null;
        return this;
    }

    private static long[] dimensions(View matrix) {
        return new long[] {matrix.size(0), matrix.size(1)};
    }
}
