package org.reasonrft.train;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.reasonrft.data.Sample;
import org.reasonrft.kernels.GroupAdvantages;
import org.reasonrft.kernels.Rewards;
import org.reasonrft.kernels.View;
import org.reasonrft.reward.RewardInput;
import org.reasonrft.rollout.Completion;
import org.reasonrft.rollout.GenerationOptions;
import org.reasonrft.rollout.Prompt;
import org.reasonrft.run.SampledGroup;
import org.reasonrft.text.Tokenizer.SpecialTokens;
import org.reasonrft.torch.CounterRandom;

/** The groups of completions of one GRPO step with all that is known about them. Group g holds G neighbouring completions. */
final class Rollout {
    /** Groups written to samples.jsonl per logged step. */
    private static final int LOGGED_GROUPS = 2;

    private final List<Sample> questions;
    private final List<Prompt> prompts;
    private final List<Completion> completions;
    private final List<RewardInput> texts;
    private final int groupSize;
    private final boolean[] counted;
    private final float[][] referenceLogProbs;
    private RewardSet.Scores scores;
    private float[] advantages;

    private Rollout(
            List<Sample> questions,
            List<Prompt> prompts,
            List<Completion> completions,
            List<RewardInput> texts,
            GrpoConfig config) {
        this.questions = questions;
        this.prompts = prompts;
        this.completions = completions;
        this.texts = texts;
        groupSize = config.numGenerations();
        counted = new boolean[completions.size()];
        for (int i = 0; i < counted.length; i++) {
            counted[i] = completions.get(i).stopped() || !config.maskTruncatedCompletions();
        }
        referenceLogProbs = new float[completions.size()][];
    }

    /** Samples a group of completions for each question, from keys that depend on seed, step and place alone. */
    static Rollout sample(TrainingSession session, List<Sample> questions, GrpoConfig config) throws IOException {
        List<Prompt> prompts = new ArrayList<>();
        for (Sample question : questions) {
            prompts.add(session.encoder().encode(session.prompts().fill(question), question.images()));
        }
        GenerationOptions options = new GenerationOptions(
                config.maxCompletionLength(),
                config.temperature(),
                config.topK(),
                config.topP(),
                config.minP(),
                config.seed());
        long[] keys = new long[questions.size()];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = CounterRandom.combine(session.step(), i);
        }
        List<Completion> completions = session.generator().generate(prompts, config.numGenerations(), options, keys);
        List<RewardInput> texts = new ArrayList<>();
        for (int i = 0; i < completions.size(); i++) {
            String text = session.model().tokenizer().decode(completions.get(i).ids(), SpecialTokens.SKIP);
            texts.add(new RewardInput(text, questions.get(i / config.numGenerations()), session.step()));
        }
        return new Rollout(questions, prompts, completions, texts, config);
    }

    /** Rewards, advantages and what TRL logs about them. */
    void score(RewardSet rewards, GroupAdvantages normalization, Map<String, Number> metrics) {
        scores = rewards.score(texts);
        Rewards compared = normalization.baseline() == GroupAdvantages.Baseline.EACH_REWARD
                ? scores.perFunction()
                : Rewards.of(scores.totals());
        GroupAdvantages.Result result =
                normalization.compute(compared.groupSize(groupSize).lengths(countedLengths()));
        advantages = result.advantages();
        metrics.put("reward", mean(scores.totals()));
        metrics.put("reward_std", mean(result.groupStd()));
        metrics.put("frac_reward_zero_std", result.zeroSpreadFraction());
        scores.parts().forEach((name, values) -> {
            metrics.put("rewards/" + name + "/mean", mean(values));
            metrics.put("rewards/" + name + "/std", standardDeviation(values));
        });
        metrics.put("rewards/unscored", scores.unscored());
        metrics.put("completions/mean_length", lengths().average().orElse(0));
        metrics.put("completions/min_length", lengths().min().orElse(0));
        metrics.put("completions/max_length", lengths().max().orElse(0));
        metrics.put(
                "completions/clipped_ratio",
                completions.stream().filter(c -> !c.stopped()).count() / (double) completions.size());
    }

    /** Writes the first groups to samples.jsonl every {@code every} steps; 0 never. */
    void log(TrainingSession session, int every) {
        if (every == 0 || session.step() % every != 0) {
            return;
        }
        for (int group = 0; group < Math.min(LOGGED_GROUPS, questions.size()); group++) {
            List<SampledGroup.Completion> logged = new ArrayList<>();
            for (int i = group * groupSize; i < (group + 1) * groupSize; i++) {
                Map<String, Double> parts = new TreeMap<>();
                for (Map.Entry<String, float[]> part : scores.parts().entrySet()) {
                    parts.put(part.getKey(), (double) part.getValue()[i]);
                }
                logged.add(new SampledGroup.Completion(
                        texts.get(i).completion(),
                        parts,
                        scores.totals()[i],
                        advantages[i],
                        completions.get(i).ids().length));
            }
            Sample question = questions.get(group);
            session.log()
                    .sample(new SampledGroup(
                            session.step() + 1,
                            question.problem(),
                            question.images().stream().map(Object::toString).toList(),
                            question.answer(),
                            logged));
        }
    }

    /** The groups in {@code [first, end)} with something to learn from: an advantage that is not 0, or all if none is to be skipped. */
    int[] groupsToTrain(int first, int end, boolean skipDead) {
        return IntStream.range(first, end)
                .filter(group -> !skipDead || isLive(group))
                .toArray();
    }

    private boolean isLive(int group) {
        for (int i = group * groupSize; i < (group + 1) * groupSize; i++) {
            if (advantages[i] != 0 && counted[i]) {
                return true;
            }
        }
        return false;
    }

    List<Prompt> prompts(int[] groups) {
        return Arrays.stream(groups).mapToObj(prompts::get).toList();
    }

    /** Must be called inside a PointerScope. */
    CompletionRows rows(int[] groups) {
        int[] members = members(groups);
        boolean[] count = new boolean[members.length];
        for (int i = 0; i < members.length; i++) {
            count[i] = counted[members[i]];
        }
        return CompletionRows.of(
                Arrays.stream(members).mapToObj(i -> completions.get(i).ids()).toList(), count);
    }

    View advantages(int[] groups) {
        int[] members = members(groups);
        float[] values = new float[members.length];
        for (int i = 0; i < members.length; i++) {
            values[i] = advantages[members[i]];
        }
        return View.copyOf(values, values.length);
    }

    List<float[]> sampledLogProbs(int[] groups) {
        return Arrays.stream(members(groups))
                .mapToObj(i -> completions.get(i).logProbs())
                .toList();
    }

    List<float[]> referenceLogProbs(int[] groups) {
        return Arrays.stream(members(groups))
                .mapToObj(i -> referenceLogProbs[i])
                .toList();
    }

    /** @param padded (rows of these groups, T) */
    void keepReferenceLogProbs(int[] groups, View padded) {
        float[] values = padded.toFloatArray();
        int tokens = (int) padded.size(1);
        int[] members = members(groups);
        for (int row = 0; row < members.length; row++) {
            int length = completions.get(members[row]).ids().length;
            referenceLogProbs[members[row]] = Arrays.copyOfRange(values, row * tokens, row * tokens + length);
        }
    }

    /** Tokens of the loss in the groups of {@code [first, end)}. */
    long countedTokens(int first, int end) {
        long count = 0;
        for (int i = first * groupSize; i < end * groupSize; i++) {
            count += counted[i] ? completions.get(i).ids().length : 0;
        }
        return count;
    }

    /** Sampled tokens and, once per question, its prompt's. */
    long tokens() {
        return lengths().sum() + prompts.stream().mapToLong(Prompt::length).sum();
    }

    /** Tokens of each completion that the loss sees. */
    private long[] countedLengths() {
        return IntStream.range(0, counted.length)
                .mapToLong(i -> counted[i] ? completions.get(i).ids().length : 0)
                .toArray();
    }

    private IntStream lengths() {
        return completions.stream().mapToInt(c -> c.ids().length);
    }

    private int[] members(int[] groups) {
        return Arrays.stream(groups)
                .flatMap(group -> IntStream.range(group * groupSize, (group + 1) * groupSize))
                .toArray();
    }

    private static double mean(float[] values) {
        double sum = 0;
        int count = 0;
        for (float value : values) {
            if (!Float.isNaN(value)) {
                sum += value;
                count++;
            }
        }
        return count == 0 ? Double.NaN : sum / count;
    }

    private static double standardDeviation(float[] values) {
        double mean = mean(values);
        double squares = 0;
        int count = 0;
        for (float value : values) {
            if (!Float.isNaN(value)) {
                squares += (value - mean) * (value - mean);
                count++;
            }
        }
        return count < 2 ? 0 : Math.sqrt(squares / (count - 1));
    }
}
