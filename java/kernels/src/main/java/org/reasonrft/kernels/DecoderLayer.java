package org.reasonrft.kernels;

import java.lang.ref.Reference;
import org.reasonrft.kernels.internal.Abi;
import org.reasonrft.kernels.internal.DecoderLayerArgs;

/**
 * A layer of a Qwen2 decoder (arXiv:2407.10671) over tokens of any sequences at any places, with a cache of keys and values:
 * what generation runs, for prompts and for new tokens alike.
 *
 * <pre>{@code
 * q, k, v = norm(x, inputNorm) qkvWeight^T + qkvBias     q and k turned by the token's angles
 * cache[sequence][place] = k, v
 * x += softmax(q k^T / sqrt(D)) v outWeight^T            over places 0 to the token's own of its sequence
 * x += (silu(g) u) downWeight^T,   g, u = norm(x, innerNorm) gateUpWeight^T
 * }</pre>
 *
 * No sequence is padded, and a token's result is bitwise the same whatever other tokens are in the call, and whether those
 * before it came in this call or in earlier ones. float32, on the processor.
 *
 * <p>Not for concurrent use.
 */
public final class DecoderLayer {
    /** The places of a sequence in the cache come in multiples of this. */
    public static final int PLACE_ALIGNMENT = Abi.RRFT_PLACE_ALIGNMENT;

    private final Weights weights;
    private final long hidden;
    private final long inner;
    private final long heads;
    private final long keyValueHeads;
    private final long headSize;
    private final double normEpsilon;
    private int threads;
    private Backend backend; // null: CPU

    /**
     * What a layer has learnt: F32, contiguous.
     *
     * @param inputNorm (H)
     * @param qkvWeight ((heads + 2 keyValueHeads) D, H): queries, keys, values
     * @param qkvBias of as many rows; null for none
     * @param outWeight (H, heads D)
     * @param innerNorm (H)
     * @param gateUpWeight (2 I, H), gate first
     * @param downWeight (H, I)
     */
    public record Weights(
            View inputNorm,
            View qkvWeight,
            View qkvBias,
            View outWeight,
            View innerNorm,
            View gateUpWeight,
            View downWeight) {}

    private DecoderLayer(Weights weights, int heads, int keyValueHeads, double normEpsilon) {
        Checks.atLeast("keyValueHeads", keyValueHeads, 1);
        Checks.atLeast("heads", heads, 1);
        if (heads % keyValueHeads != 0) {
            throw new IllegalArgumentException(
                    "heads: " + heads + "; wanted a multiple of keyValueHeads, " + keyValueHeads);
        }
        Checks.above("normEpsilon", (float) normEpsilon, 0);
        this.weights = weights;
        this.heads = heads;
        this.keyValueHeads = keyValueHeads;
        this.normEpsilon = normEpsilon;
        hidden = weight("inputNorm", weights.inputNorm, -1).size(0);
        long projected = weight("qkvWeight", weights.qkvWeight, -1, hidden).size(0);
        long parts = heads + 2L * keyValueHeads;
        headSize = projected / parts;
        if (headSize < 2 || headSize % 2 != 0 || headSize * parts != projected) {
            throw new IllegalArgumentException(
                    "qkvWeight: " + weights.qkvWeight + "; wanted rows for " + parts + " heads of an even size");
        }
        if (weights.qkvBias != null) {
            weight("qkvBias", weights.qkvBias, projected);
        }
        weight("outWeight", weights.outWeight, hidden, heads * headSize);
        weight("innerNorm", weights.innerNorm, hidden);
        inner = weight("downWeight", weights.downWeight, hidden, -1).size(1);
        weight("gateUpWeight", weights.gateUpWeight, 2 * inner, hidden);
    }

    private static View weight(String name, View view, long... shape) {
        return Checks.contiguous(name, view, shape, DType.F32);
    }

    /**
     * @param heads of queries, a multiple of {@code keyValueHeads}
     * @param normEpsilon of both norms, above 0
     * @throws IllegalArgumentException naming the argument, what came and what was wanted
     */
    public static DecoderLayer of(Weights weights, int heads, int keyValueHeads, double normEpsilon) {
        return new DecoderLayer(weights, heads, keyValueHeads, normEpsilon);
    }

    /** Threads at most, up to 1024; 0, the default, is {@link Kernels#defaultThreads()}. */
    public DecoderLayer threads(int newThreads) {
        threads = Checks.threads(newThreads);
        return this;
    }

    /** The implementation to run, {@link Backend#REFERENCE} or {@link Backend#CPU}. Null, the default: CPU. */
    public DecoderLayer backend(Backend newBackend) {
        backend = newBackend;
        return this;
    }

    /**
     * Which tokens a call is about, the same for all layers of a model; all contiguous.
     *
     * @param sequence I64 of shape (N): the sequence of the cache that a token belongs to
     * @param place I64 of shape (N): where it stands in it; ascending within a sequence
     * @param cos F32 of shape (N, D / 2): cosines of the angles that turn values i and i + D / 2 of a head
     * @param sin likewise their sines
     */
    public record Tokens(View sequence, View place, View cos, View sin) {}

    /**
     * Runs the layer and extends its cache.
     *
     * @param x F32 of shape (N, H), contiguous: the tokens' hidden states, replaced by those behind the layer
     * @param keys F32 of shape (S, keyValueHeads, D, C), contiguous: of this layer, for S sequences of up to C tokens, C a
     *     multiple of {@value #PLACE_ALIGNMENT}
     * @param values F32 of shape (S, keyValueHeads, C, D), contiguous
     * @throws IllegalArgumentException naming the argument, what came and what was wanted; nothing has been written then
     * @throws UnsupportedOperationException for memory of a device
     */
    public void forward(View x, Tokens tokens, View keys, View values) {
        Checks.output("x", x, new long[] {-1, hidden}, DType.F32);
        run(x, tokens, keys, values, false);
    }

    /**
     * Extends the cache as {@link #forward} does, without the rest of its work. Of a model's last layer only those tokens
     * count whose logits are wanted: this for all, then {@code forward} for those alone gives them the same bits.
     *
     * @param x F32 of shape (N, H), contiguous; not written
     * @param keys as in {@link #forward}
     * @param values as in {@link #forward}
     * @throws IllegalArgumentException naming the argument, what came and what was wanted; nothing has been written then
     * @throws UnsupportedOperationException for memory of a device
     */
    public void cache(View x, Tokens tokens, View keys, View values) {
        Checks.contiguous("x", x, new long[] {-1, hidden}, DType.F32);
        run(x, tokens, keys, values, true);
    }

    private void run(View x, Tokens tokens, View keys, View values, boolean cacheOnly) {
        long count = x.size(0);
        Checks.contiguous("sequence", tokens.sequence, new long[] {count}, DType.I64);
        Checks.contiguous("place", tokens.place, new long[] {count}, DType.I64);
        Checks.contiguous("cos", tokens.cos, new long[] {count, headSize / 2}, DType.F32);
        Checks.contiguous("sin", tokens.sin, new long[] {count, headSize / 2}, DType.F32);
        Checks.output("keys", keys, new long[] {-1, keyValueHeads, headSize, -1}, DType.F32);
        Checks.atLeast("keys: places", keys.size(3), 1);
        Checks.output("values", values, new long[] {keys.size(0), keyValueHeads, keys.size(3), headSize}, DType.F32);
        Native call = Native.ofThread();
        DecoderLayerArgs args = Native.cleared(call.decoderLayer);
        args.struct_size(args.sizeof())
                .tokens(count)
                .hidden(hidden)
                .inner(inner)
                .heads(heads)
                .key_value_heads(keyValueHeads)
                .head_size(headSize)
                .sequences(keys.size(0))
                .places(keys.size(3))
                .x(call.pointer("x", x))
                .sequence(call.pointer("sequence", tokens.sequence))
                .place(call.pointer("place", tokens.place))
                .cos(call.pointer("cos", tokens.cos))
                .sin(call.pointer("sin", tokens.sin))
                .input_norm(call.pointer("inputNorm", weights.inputNorm))
                .qkv_weight(call.pointer("qkvWeight", weights.qkvWeight))
                .qkv_bias(call.pointer("qkvBias", weights.qkvBias))
                .out_weight(call.pointer("outWeight", weights.outWeight))
                .inner_norm(call.pointer("innerNorm", weights.innerNorm))
                .gate_up_weight(call.pointer("gateUpWeight", weights.gateUpWeight))
                .down_weight(call.pointer("downWeight", weights.downWeight))
                .keys(call.pointer("keys", keys))
                .values(call.pointer("values", values))
                .norm_epsilon((float) normEpsilon)
                .threads(threads)
                .cache_only(cacheOnly ? 1 : 0);
        int status = call.processorBackend("decoder_layer", backend) == Backend.REFERENCE
                ? Abi.rrft_reference_decoder_layer(args)
                : Abi.rrft_cpu_decoder_layer(args);
        Reference.reachabilityFence(this);
        Reference.reachabilityFence(tokens);
        Reference.reachabilityFence(x);
        Reference.reachabilityFence(keys);
        Reference.reachabilityFence(values);
        Native.check(status);
    }
}
