package org.reasonrft.train;

import java.nio.file.Path;
import java.util.Map;

/**
 * Phase 1: supervised fine-tuning. {@link #defaults()} holds the values of the Reason-RFT scripts; in YAML the keys are
 * these names in snake case.
 *
 * @param model directory of the starting checkpoint, Hugging Face layout
 * @param data record file, JSON array or JSON Lines
 * @param imageRoot folder that picture paths are relative to; null: the record file's
 * @param output run folder
 * @param prompt name of a shipped prompt template or path of one
 * @param target what the model is taught to say
 * @param maxSamples uses the first records only, in file order; 0: all
 * @param maxSteps optimizer steps; 0: as many as {@code epochs} needs
 * @param epochs passes over the data when maxSteps is 0
 * @param batchSize samples per optimizer step
 * @param microBatchSize samples per forward and backward pass, divides batchSize; 0: batchSize
 * @param maxCompletionLength longest target in tokens, end token included; a longer one is refused
 * @param freezeVision leaves the vision tower and merger as they are, as the Reason-RFT scripts do
 * @param saveSteps optimizer steps between checkpoints; 0: only at the end
 * @param saveTotalLimit checkpoints kept, the newest
 * @param seed order of the samples
 * @param threads processor threads of libtorch and the kernels; 0: all. Part of the run's identity: another number may
 *     round sums differently
 */
public record SftConfig(
        Path model,
        Path data,
        Path imageRoot,
        Path output,
        String prompt,
        Target target,
        int maxSamples,
        int maxSteps,
        int epochs,
        int batchSize,
        int microBatchSize,
        int maxCompletionLength,
        boolean freezeVision,
        OptimizerConfig optimizer,
        EvaluationConfig evaluation,
        int saveSteps,
        int saveTotalLimit,
        long seed,
        int threads) {

    /** What a sample's assistant turn consists of. */
    public enum Target {
        /** {@code <think>cot</think><answer>answer</answer>}: CoT-SFT. */
        CHAIN_OF_THOUGHT,
        /** The bare answer: ANS-SFT, and captions. */
        ANSWER
    }

    public SftConfig {
        Requirements.present("model", model);
        Requirements.present("data", data);
        Requirements.present("output", output);
        Requirements.present("prompt", prompt);
        Requirements.present("target", target);
        Requirements.present("optimizer", optimizer);
        Requirements.present("evaluation", evaluation);
        Requirements.atLeast("max_samples", maxSamples, 0);
        Requirements.atLeast("max_steps", maxSteps, 0);
        Requirements.atLeast("epochs", epochs, maxSteps == 0 ? 1 : 0);
        Requirements.atLeast("batch_size", batchSize, 1);
        microBatchSize = microBatchSize == 0 ? batchSize : microBatchSize;
        Requirements.atLeast("micro_batch_size", microBatchSize, 1);
        Requirements.divides("micro_batch_size", microBatchSize, "batch_size", batchSize);
        Requirements.atLeast("max_completion_length", maxCompletionLength, 1);
        Requirements.atLeast("save_steps", saveSteps, 0);
        Requirements.atLeast("save_total_limit", saveTotalLimit, 1);
        Requirements.atLeast("threads", threads, 0);
    }

    /** Every key with its default; keys without one are absent. */
    public static Map<String, Object> defaults() {
        return Defaults.of(
                "prompt", "visual-counting",
                "target", "chain_of_thought",
                "max_samples", 0,
                "max_steps", 0,
                "epochs", 1,
                "batch_size", 16,
                "micro_batch_size", 0,
                "max_completion_length", 512,
                "freeze_vision", true,
                "optimizer", Defaults.optimizer(1e-5, "cosine", 100, 0.1),
                "evaluation", Defaults.evaluation(),
                "save_steps", 200,
                "save_total_limit", 2,
                "seed", 42,
                "threads", 0);
    }
}
