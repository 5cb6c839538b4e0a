package org.reasonrft.cli;

import java.util.List;
import java.util.Locale;

/** The ways of training that Reason-RFT compares (Tan et al. 2025, table 1), as stages in their order. */
enum Variant {
    /** Supervised fine-tuning on answers alone. */
    ANS_SFT(Stage.supervised("ans-sft")),
    /** Supervised fine-tuning on chains of thought. */
    COT_SFT(Stage.supervised("cot-sft")),
    /** GRPO without a supervised phase. */
    ZERO(Stage.reinforced("reason-rft-zero")),
    /** A few chains of thought, then GRPO. */
    REASON_RFT(Stage.supervised("reason-rft-sft"), Stage.reinforced("reason-rft-grpo"));

    /**
     * A training run.
     *
     * @param recipe its shipped configuration, and its folder
     * @param supervised whether it is fine-tuning, else GRPO
     */
    record Stage(String recipe, boolean supervised) {
        private static Stage supervised(String recipe) {
            return new Stage(recipe, true);
        }

        private static Stage reinforced(String recipe) {
            return new Stage(recipe, false);
        }
    }

    private final List<Stage> stages;

    Variant(Stage... stages) {
        this.stages = List.of(stages);
    }

    List<Stage> stages() {
        return stages;
    }

    /** For example {@code ans-sft}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
