package org.reasonrft.train;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.reasonrft.data.BadRecords;
import org.reasonrft.kernels.GroupAdvantages;
import org.reasonrft.kernels.Reduction;
import org.reasonrft.run.Default;
import org.reasonrft.run.MustExist;

/**
 * Phase 2: GRPO. Defaults are the values of the Reason-RFT scripts (G = 8, beta 0.04, learning rate 1e-6, one update
 * per rollout, per-sequence mean); in YAML the keys are these names in snake case, TRL's where it has the same thing.
 *
 * @param model directory of the starting checkpoint, which is also the frozen reference
 * @param data record file; only question, pictures and answer are used
 * @param imageRoot folder that picture paths are relative to; null: the record file's
 * @param onBadRecord what happens to a record that cannot be used; samples are counted without those skipped
 * @param output run folder
 * @param prompt name of a shipped prompt, or path of one: a file or a folder with {@code choice.txt} and {@code
 *     open.txt}
 * @param skipSamples leaves out the first records (those that phase 1 was trained on)
 * @param maxSamples uses that many records after the skipped ones; 0: all
 * @param maxSteps rollouts; 0: as many as {@code epochs} needs
 * @param epochs passes over the questions when maxSteps is 0
 * @param numGenerations completions per question, G, at least 2
 * @param generationBatchSize completions per rollout, a multiple of numGenerations
 * @param batchSize completions per optimizer step, divides generationBatchSize; 0: generationBatchSize
 * @param microBatchSize completions per forward and backward pass, divides batchSize; 0: batchSize
 * @param numIterations passes over each rollout (mu in the GRPO paper)
 * @param maxCompletionLength tokens sampled at most per completion
 * @param temperature of sampling and of the trained distribution
 * @param topK samples among the k likeliest tokens; 0: all
 * @param topP samples among the likeliest tokens that together reach this probability; 1: all
 * @param minP drops tokens less likely than this share of the likeliest; 0: none
 * @param epsilonLow the ratio is clipped at 1 - epsilonLow
 * @param epsilonHigh the ratio is clipped at 1 + epsilonHigh
 * @param beta weight of the KL estimate against the reference; 0: no reference is loaded
 * @param reduction how token losses become one number
 * @param loss the member of the GRPO family
 * @param fuseHead runs the language-model head inside the loss, tile by tile, so that logits are never held: memory
 *     for them no longer grows with tokens times vocabulary. The other way is faster where they are small
 * @param advantageBaseline what a reward is compared with
 * @param scaleRewards what centred rewards are divided by
 * @param advantageEpsilon added to that divisor
 * @param maskTruncatedCompletions leaves completions that hit maxCompletionLength out of the loss (TRL, DAPO)
 * @param skipDeadGroups leaves groups whose rewards are all equal out of the passes: their advantage is 0, so only
 *     their KL term is lost; the loss is still divided by all tokens
 * @param rewards names or classes of {@linkplain org.reasonrft.reward.RewardFunction reward functions}, summed with
 *     rewardWeights
 * @param rewardWeights one weight per reward; none: 1 each
 * @param rewardTimeout seconds that a reward may take for the completions of a rollout before it is asked about them
 *     one by one; those it fails on are left out of the step. 0: no limit
 * @param freezeVision leaves the vision tower and merger as they are
 * @param dtype type of the parameters and activations
 * @param lora trains low-rank adapters in place of the parameters
 * @param gradientCheckpointing keeps no activations inside the layers and computes them once more on the way back:
 *     the time of another forward pass for the memory of all layers but one
 * @param logCompletions steps between rollouts written whole to samples.jsonl; 0: none
 * @param saveSteps rollouts between checkpoints; 0: only at the end
 * @param saveTotalLimit checkpoints kept, the newest
 * @param seed order of the questions and sampling
 * @param threads processor threads; 0: all. Part of the run's identity
 */
public record GrpoConfig(
        @MustExist Path model,
        @MustExist Path data,
        @Default("null") @MustExist Path imageRoot,
        @Default("fail") BadRecords onBadRecord,
        Path output,
        @Default("visual-counting") String prompt,
        @Default("0") int skipSamples,
        @Default("0") int maxSamples,
        @Default("0") int maxSteps,
        @Default("1") int epochs,
        @Default("8") int numGenerations,
        @Default("112") int generationBatchSize,
        @Default("0") int batchSize,
        @Default("0") int microBatchSize,
        @Default("1") int numIterations,
        @Default("512") int maxCompletionLength,
        @Default("0.9") float temperature,
        @Default("50") int topK,
        @Default("0.9") float topP,
        @Default("0") float minP,
        @Default("0.2") float epsilonLow,
        @Default("0.2") float epsilonHigh,
        @Default("0.04") float beta,
        @Default("sequence_mean") Reduction reduction,
        @Default("{}") LossConfig loss,
        @Default("false") boolean fuseHead,
        @Default("group_mean") GroupAdvantages.Baseline advantageBaseline,
        @Default("group_std") GroupAdvantages.Scale scaleRewards,
        @Default("1e-4") float advantageEpsilon,
        @Default("false") boolean maskTruncatedCompletions,
        @Default("true") boolean skipDeadGroups,
        @Default("[accuracy, format]") List<String> rewards,
        @Default("[]") List<Float> rewardWeights,
        @Default("60") double rewardTimeout,
        @Default("false") boolean freezeVision,
        @Default("float32") ParameterType dtype,
        @Default("{}") LoraSettings lora,
        @Default("false") boolean gradientCheckpointing,
        @Default("{learning_rate: 1e-6, schedule: linear}") OptimizerConfig optimizer,
        @Default("{}") EvaluationConfig evaluation,
        @Default("10") int logCompletions,
        @Default("100") int saveSteps,
        @Default("2") int saveTotalLimit,
        @Default("42") long seed,
        @Default("0") int threads) {

    public GrpoConfig {
        Requirements.present("model", model);
        Requirements.present("data", data);
        Requirements.present("on_bad_record", onBadRecord);
        Requirements.present("output", output);
        Requirements.present("prompt", prompt);
        Requirements.present("dtype", dtype);
        Requirements.present("lora", lora);
        Requirements.present("optimizer", optimizer);
        Requirements.present("evaluation", evaluation);
        Requirements.present("reduction", reduction);
        Requirements.present("loss", loss);
        Requirements.present("advantage_baseline", advantageBaseline);
        Requirements.present("scale_rewards", scaleRewards);
        Requirements.atLeast("skip_samples", skipSamples, 0);
        Requirements.atLeast("max_samples", maxSamples, 0);
        Requirements.atLeast("max_steps", maxSteps, 0);
        Requirements.atLeast("epochs", epochs, maxSteps == 0 ? 1 : 0);
        Requirements.atLeast("num_generations", numGenerations, 2);
        Requirements.atLeast("generation_batch_size", generationBatchSize, numGenerations);
        Requirements.divides("num_generations", numGenerations, "generation_batch_size", generationBatchSize);
        batchSize = batchSize == 0 ? generationBatchSize : batchSize;
        Requirements.atLeast("batch_size", batchSize, numGenerations);
        Requirements.divides("num_generations", numGenerations, "batch_size", batchSize);
        Requirements.divides("batch_size", batchSize, "generation_batch_size", generationBatchSize);
        microBatchSize = microBatchSize == 0 ? batchSize : microBatchSize;
        Requirements.atLeast("micro_batch_size", microBatchSize, numGenerations);
        Requirements.divides("num_generations", numGenerations, "micro_batch_size", microBatchSize);
        Requirements.divides("micro_batch_size", microBatchSize, "batch_size", batchSize);
        Requirements.atLeast("num_iterations", numIterations, 1);
        Requirements.atLeast("max_completion_length", maxCompletionLength, 1);
        Requirements.positive("temperature", temperature);
        Requirements.atLeast("top_k", topK, 0);
        Requirements.positive("top_p", topP);
        Requirements.within("top_p", topP, 0, 1);
        Requirements.within("min_p", minP, 0, 0.9999);
        Requirements.within("epsilon_low", epsilonLow, 0, 1);
        Requirements.within("epsilon_high", epsilonHigh, 0, Float.MAX_VALUE);
        Requirements.within("beta", beta, 0, Float.MAX_VALUE);
        Requirements.within("advantage_epsilon", advantageEpsilon, 0, Float.MAX_VALUE);
        loss.options(epsilonLow, epsilonHigh, beta); // names what it refuses
        new GroupAdvantages(advantageBaseline, scaleRewards, GroupAdvantages.StdDivisor.N_MINUS_1, advantageEpsilon);
        rewards = List.copyOf(Requirements.present("rewards", rewards));
        Requirements.atLeast("rewards (their number)", rewards.size(), 1);
        if (Set.copyOf(rewards).size() < rewards.size()) {
            throw new IllegalArgumentException(
                    "rewards: got " + rewards + ", wanted each once; reward_weights weighs them");
        }
        rewardWeights = rewardWeights == null || rewardWeights.isEmpty()
                ? rewards.stream().map(name -> 1f).toList()
                : List.copyOf(rewardWeights);
        if (rewardWeights.size() != rewards.size()) {
            throw new IllegalArgumentException(
                    "reward_weights: got " + rewardWeights.size() + " weights for " + rewards.size() + " rewards");
        }
        for (float weight : rewardWeights) {
            Requirements.within("reward_weights", weight, -Float.MAX_VALUE, Float.MAX_VALUE);
        }
        Requirements.within("reward_timeout", rewardTimeout, 0, 86_400);
        Requirements.atLeast("log_completions", logCompletions, 0);
        Requirements.atLeast("save_steps", saveSteps, 0);
        Requirements.atLeast("save_total_limit", saveTotalLimit, 1);
        Requirements.threads(threads);
    }

    /** Questions of a rollout. */
    public int questionsPerStep() {
        return generationBatchSize / numGenerations;
    }
}
