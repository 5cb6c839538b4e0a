package org.reasonrft.train;

import java.util.List;
import org.reasonrft.model.LoraConfig;
import org.reasonrft.run.Default;

/**
 * Trains low-rank adapters in place of the parameters; see {@link LoraConfig}. Checkpoints then hold the adapter in
 * PEFT's layout, and the reference of a KL term is the model beneath it, which costs nothing.
 *
 * @param rank inner width of the updates; 0: train the parameters themselves
 * @param alpha numerator of the scale; 0: twice the rank
 * @param targets which linear layers are adapted, by the ends of their names
 * @param dropout of the adapters' inputs, in [0, 1)
 * @param rankStabilized divides the scale by the root of the rank in place of the rank
 */
public record LoraSettings(
        @Default("0") int rank,
        @Default("0") double alpha,

        @Default("[q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj]")
        List<String> targets,

        @Default("0") double dropout,
        @Default("false") boolean rankStabilized) {
    public LoraSettings {
        Requirements.atLeast("lora.rank", rank, 0);
        Requirements.within("lora.alpha", alpha, 0, 1e6);
        Requirements.within("lora.dropout", dropout, 0, 0.99);
        targets = List.copyOf(Requirements.present("lora.targets", targets));
        if (rank > 0) {
            config(rank, alpha, targets, dropout, rankStabilized);
        }
    }

    /** Whether adapters are trained. */
    boolean enabled() {
        return rank > 0;
    }

    LoraConfig config() {
        return config(rank, alpha, targets, dropout, rankStabilized);
    }

    private static LoraConfig config(
            int rank, double alpha, List<String> targets, double dropout, boolean rankStabilized) {
        try {
            return new LoraConfig(rank, alpha == 0 ? 2 * rank : alpha, targets, dropout, rankStabilized);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("lora." + e.getMessage(), e);
        }
    }
}
