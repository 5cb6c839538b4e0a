package org.reasonrft.model;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Prompts and the completions behind them, decoded forward and backward without keeping what happens inside the layers:
 * gradient checkpointing (Chen et al. 2016, arXiv:1604.06174). Forward keeps the input of each layer; backward runs the
 * layers once more, the last one first, each with a graph of its own. Memory for activations is that of one layer and
 * 2 x layers x hidden numbers a token in place of all layers; the time of a forward pass is added.
 *
 * <pre>{@code
 * RecomputedDecoding decoding = RecomputedDecoding.of(model, prompts, completions, groupSize);
 * loss(decoding.lastPromptHidden(), decoding.completionHidden()).backward();   // as far as the last layer's output
 * decoding.backward();                                                       // and from there to the embeddings
 * }</pre>
 *
 * Results are those of {@link QwenModel#decode} to the bit, gradients up to the order in which their terms are added.
 * Made inside a {@link PointerScope}, and valid as long as it is open.
 */
public final class RecomputedDecoding {
    /**
     * Arguments of {@link QwenModel#decode} for some rows.
     *
     * @param embeddings (B, T, hidden); gradients go on from here into whatever made them
     * @param positions int64 (3, B, T)
     * @param attentionMask bool (B, T so far), or null
     */
    public record Rows(Tensor embeddings, Tensor positions, Tensor attentionMask) {}

    private final QwenModel model;
    private final TextDecoder decoder;
    private final int groupSize;
    private final Rows prompts;
    /** Null when there are none. */
    private final Rows completions;

    private final TextDecoder.Context promptContext;
    private final TextDecoder.Context completionContext;
    /** What goes into each layer, and behind the last one what comes out of it. */
    private final Pair[] states;

    /** Prompts and completions at some depth; the latter null when there are none. */
    private record Pair(Tensor prompts, Tensor completions) {}

    private RecomputedDecoding(QwenModel model, Rows prompts, Rows completions, int groupSize) {
        this.model = model;
        this.decoder = model.decoder();
        this.groupSize = groupSize;
        this.prompts = prompts;
        this.completions = completions;
        promptContext = decoder.context(prompts.positions, prompts.attentionMask, 0);
        completionContext = completions == null
                ? null
                : decoder.context(completions.positions, completions.attentionMask, prompts.embeddings.size(1));
        int layers = model.config().text().layers();
        states = new Pair[layers + 1];
        try (NoGradGuard noGrad = new NoGradGuard()) {
            states[0] =
                    new Pair(prompts.embeddings.detach(), completions == null ? null : completions.embeddings.detach());
            for (int i = 0; i < layers; i++) {
                states[i + 1] = layer(i, states[i]);
            }
        }
        states[layers] = leaves(states[layers]);
    }

    /**
     * Runs both forward.
     *
     * @param completions G rows a prompt, neighbours; null when there are none
     * @param groupSize G
     * @throws IllegalArgumentException if a shape does not fit
     */
    public static RecomputedDecoding of(QwenModel model, Rows prompts, Rows completions, int groupSize) {
        long rows = prompts.embeddings.size(0);
        model.checkDecodeArguments(prompts.embeddings, prompts.positions, prompts.attentionMask, 0, rows);
        if (completions != null) {
            model.checkDecodeArguments(
                    completions.embeddings,
                    completions.positions,
                    completions.attentionMask,
                    prompts.embeddings.size(1),
                    rows * groupSize);
        }
        return new RecomputedDecoding(model, prompts, completions, groupSize);
    }

    /** (Q, 1, hidden) of the prompts' last column, after the final norm; in the graph. */
    public Tensor lastPromptHidden() {
        Tensor last = states[states.length - 1].prompts;
        return decoder.finish(last.narrow(1, last.size(1) - 1, 1));
    }

    /** (Q G, T, hidden) of the completions, after the final norm; in the graph. Null when there are none. */
    public Tensor completionHidden() {
        return completions == null ? null : decoder.finish(states[states.length - 1].completions);
    }

    /** Carries on the gradients that have reached the hidden states, into parameters and embeddings. Once. */
    public void backward() {
        model.repeatDropout();
        int last = states.length - 1;
        Pair gradients = gradients(states[last]);
        for (int i = last - 1; i >= 0; i--) {
            gradients = layerBackward(i, gradients);
        }
        carryOn(new Pair(prompts.embeddings, completions == null ? null : completions.embeddings), gradients);
    }

    /** One layer over the prompts and, behind their keys and values, the completions. */
    private Pair layer(int index, Pair input) {
        return carry(() -> {
            KeyValues.Builder store = new KeyValues.Builder(null);
            Tensor promptOutput = decoder.layer(index, input.prompts, promptContext, store, 0, false);
            if (input.completions == null) {
                return new Pair(promptOutput, null);
            }
            KeyValues past = store.build().repeatInterleave(groupSize);
            return new Pair(
                    promptOutput,
                    decoder.layer(index, input.completions, completionContext, new KeyValues.Builder(past), 0, false));
        });
    }

    private Pair layerBackward(int index, Pair outputGradients) {
        return carry(() -> {
            Pair input = leaves(states[index]);
            try (AutoGradMode grad = new AutoGradMode(true)) {
                carryOn(layer(index, input), outputGradients);
            }
            return gradients(input);
        });
    }

    /** Backward through what was made with a graph; what has none needs nothing. */
    private static void carryOn(Pair outputs, Pair gradients) {
        TensorVector roots = new TensorVector();
        TensorVector seeds = new TensorVector();
        if (outputs.prompts.requires_grad()) {
            roots.push_back(outputs.prompts);
            seeds.push_back(gradients.prompts);
        }
        if (outputs.completions != null && outputs.completions.requires_grad()) {
            roots.push_back(outputs.completions);
            seeds.push_back(gradients.completions);
        }
        if (roots.size() > 0) {
            torch.backward(roots, seeds, new BoolOptional(), false, new TensorVector());
        }
    }

    private static Pair leaves(Pair states) {
        return new Pair(
                states.prompts.detach().set_requires_grad(true),
                states.completions == null ? null : states.completions.detach().set_requires_grad(true));
    }

    private static Pair gradients(Pair leaves) {
        return new Pair(gradient(leaves.prompts), leaves.completions == null ? null : gradient(leaves.completions));
    }

    /** Zeros where a loss did not depend on the leaf. */
    private static Tensor gradient(Tensor leaf) {
        Tensor gradient = leaf.grad();
        // An owner: grad() refers into the leaf, which ends before its gradient does.
        return gradient.defined() ? new Tensor(gradient) : torch.zeros_like(leaf);
    }

    private interface Body {
        Pair run();
    }

    /** Runs a body in a scope of its own that only its result leaves. */
    private static Pair carry(Body body) {
        PointerScope outer = PointerScope.getInnerScope();
        try (PointerScope inner = new PointerScope()) {
            Pair result = body.run();
            outer.attach(result.prompts);
            if (result.completions != null) {
                outer.attach(result.completions);
            }
            return result;
        }
    }
}
