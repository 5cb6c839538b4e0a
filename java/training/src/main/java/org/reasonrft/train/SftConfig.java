package org.reasonrft.train;

import java.nio.file.Path;
import org.reasonrft.data.BadRecords;
import org.reasonrft.run.Default;
import org.reasonrft.run.MustExist;

/**
 * Phase 1: supervised fine-tuning. Defaults are the values of the Reason-RFT scripts; in YAML the keys are these
 * names in snake case.
 *
 * @param model directory of the starting checkpoint, Hugging Face layout
 * @param data record file, JSON array or JSON Lines
 * @param imageRoot folder that picture paths are relative to; null: the record file's
 * @param onBadRecord what happens to a record that cannot be used; samples are counted without those skipped
 * @param output run folder
 * @param prompt name of a shipped prompt, or path of one: a file or a folder with {@code choice.txt} and {@code
 *     open.txt}
 * @param target what the model is taught to say
 * @param maxSamples uses the first records only, in file order; 0: all
 * @param maxSteps optimizer steps; 0: as many as {@code epochs} needs
 * @param epochs passes over the data when maxSteps is 0
 * @param batchSize samples per optimizer step
 * @param microBatchSize samples per forward and backward pass, divides batchSize; 0: batchSize
 * @param maxCompletionLength longest target in tokens, end token included; a longer one is refused
 * @param freezeVision leaves the vision tower and merger as they are, as the Reason-RFT scripts do
 * @param dtype type of the parameters and activations
 * @param lora trains low-rank adapters in place of the parameters
 * @param gradientCheckpointing keeps no activations inside the layers and computes them once more on the way back:
 *     the time of another forward pass for the memory of all layers but one
 * @param fuseHead runs the language-model head inside the loss, so that logits are never held; see {@link GrpoConfig}
 * @param saveSteps optimizer steps between checkpoints; 0: only at the end
 * @param saveTotalLimit checkpoints kept, the newest
 * @param seed order of the samples
 * @param threads processor threads of libtorch and the kernels; 0: all. Part of the run's identity: another number
 *     may round sums differently
 */
public record SftConfig(
        @MustExist Path model,
        @MustExist Path data,
        @Default("null") @MustExist Path imageRoot,
        @Default("fail") BadRecords onBadRecord,
        Path output,
        @Default("visual-counting") String prompt,
        @Default("chain_of_thought") Target target,
        @Default("0") int maxSamples,
        @Default("0") int maxSteps,
        @Default("1") int epochs,
        @Default("16") int batchSize,
        @Default("0") int microBatchSize,
        @Default("512") int maxCompletionLength,
        @Default("true") boolean freezeVision,
        @Default("float32") ParameterType dtype,
        @Default("{}") LoraSettings lora,
        @Default("false") boolean gradientCheckpointing,
        @Default("false") boolean fuseHead,

        @Default("{learning_rate: 1e-5, schedule: cosine, warmup_steps: 100, weight_decay: 0.1}")
        OptimizerConfig optimizer,

        @Default("{}") EvaluationConfig evaluation,
        @Default("200") int saveSteps,
        @Default("2") int saveTotalLimit,
        @Default("42") long seed,
        @Default("0") int threads) {

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
        Requirements.present("on_bad_record", onBadRecord);
        Requirements.present("output", output);
        Requirements.present("prompt", prompt);
        Requirements.present("target", target);
        Requirements.present("dtype", dtype);
        Requirements.present("lora", lora);
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
        Requirements.threads(threads);
    }
}
