package org.reasonrft.model;

import java.util.List;

/**
 * Low-rank adaptation (LoRA, arXiv:2106.09685): a linear layer W x becomes W x + scale B A x with W frozen, A of
 * {@code rank} rows and B of {@code rank} columns. Names and meanings are those of PEFT.
 *
 * @param rank inner width of the update, {@code r}
 * @param alpha numerator of the scale, {@code lora_alpha}
 * @param targets which linear layers are adapted: those whose name is one of these or ends in a dot and one of these
 * @param dropout probability with which an element of an adapter's input is dropped in training, in [0, 1)
 * @param rankStabilised whether the scale is alpha / sqrt(rank) (arXiv:2312.03732), {@code use_rslora}, and not
 *     alpha / rank
 */
public record LoraConfig(int rank, double alpha, List<String> targets, double dropout, boolean rankStabilised) {
    /** All linear layers of the decoder's blocks. */
    public static final List<String> DECODER_TARGETS =
            List.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");

    public LoraConfig {
        if (rank < 1) {
            throw new IllegalArgumentException("rank must be at least 1, got " + rank);
        }
        if (!(alpha > 0) || Double.isInfinite(alpha)) {
            throw new IllegalArgumentException("alpha must be positive and finite, got " + alpha);
        }
        if (!(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException("dropout must lie in [0, 1), got " + dropout);
        }
        targets = List.copyOf(targets);
        if (targets.isEmpty() || targets.stream().anyMatch(String::isBlank)) {
            throw new IllegalArgumentException(
                    "targets must name at least one layer and hold no blank, got " + targets);
        }
    }

    /** The factor on B A x. */
    public double scale() {
        return alpha / (rankStabilised ? Math.sqrt(rank) : rank);
    }

    /** Whether a layer of that name is adapted. */
    boolean matches(String module) {
        return targets.stream().anyMatch(target -> matches(module, target));
    }

    static boolean matches(String module, String target) {
        return module.equals(target) || module.endsWith("." + target);
    }
}
