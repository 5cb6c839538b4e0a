package org.reasonrft.cli;

import java.util.List;
import java.util.Locale;
import org.reasonrft.run.ConfigReader;

/** The ways of training that Reason-RFT compares (Tan et al. 2025, table 1), as stages in their order. */
enum Variant {
    /** Supervised fine-tuning on answers alone. */
    ANS_SFT(new Stage("ans-sft", Learns.ANSWERS)),
    /** Supervised fine-tuning on chains of thought. */
    COT_SFT(new Stage("cot-sft", Learns.CHAINS)),
    /** GRPO without a supervised phase. */
    ZERO(new Stage("reason-rft-zero", Learns.REWARDS)),
    /** A few chains of thought, then GRPO. */
    REASON_RFT(new Stage("reason-rft-sft", Learns.CHAINS), new Stage("reason-rft-grpo", Learns.REWARDS));

    /** What a stage learns from. */
    enum Learns {
        ANSWERS,
        CHAINS,
        REWARDS
    }

    /**
     * A training run.
     *
     * @param name of its shipped recipe, and of its folder
     */
    record Stage(String name, Learns learns) {
        /** Whether it is fine-tuning, else GRPO. */
        boolean supervised() {
            return learns != Learns.REWARDS;
        }
    }

    /** How large the model and the data are that recipes are for. */
    enum Scale {
        /** The published models and data, with the hyper-parameters of the paper's scripts. */
        PUBLISHED(""),
        /** A model of a million parameters and generated data: minutes on a processor. */
        SMALL("small/");

        private final String folder;

        Scale(String folder) {
            this.folder = folder;
        }

        /** Adds the recipe of a stage, and what a task changes in it. */
        <T extends Record> ConfigReader<T> add(ConfigReader<T> reader, Stage stage, ReasonRftTask task) {
            return add(reader, stage.name(), task);
        }

        /** Adds a recipe, and what a task changes in it. */
        <T extends Record> ConfigReader<T> add(ConfigReader<T> reader, String recipe, ReasonRftTask task) {
            Recipes.add(reader, folder + recipe);
            String changes = folder + task + "/" + recipe;
            return Recipes.isShipped(changes) ? Recipes.add(reader, changes) : reader;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
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
