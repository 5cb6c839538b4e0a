package org.reasonrft.train;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.reasonrft.kernels.Rewards;
import org.reasonrft.kernels.View;
import org.reasonrft.reward.GuardedReward;
import org.reasonrft.reward.RewardFunction;
import org.reasonrft.reward.RewardFunctions;
import org.reasonrft.reward.RewardInput;

/** Several reward functions and their weights. */
final class RewardSet {
    private final List<GuardedReward> functions = new ArrayList<>();
    private final List<Float> weights;

    /**
     * @param parts rewards of each function by its name, in the order of the configuration
     * @param failed completions on which a function failed
     * @param totals their weighted sum per completion; a function that gave NaN is left out, NaN where all did or one
     *     failed: without its part a completion cannot be compared with the others
     * @param weights one a function
     */
    record Scores(Map<String, float[]> parts, boolean[] failed, float[] totals, List<Float> weights) {
        /** Each function's rewards by themselves, for baselines that normalise them one by one. */
        Rewards perFunction() {
            float[] all = new float[parts.size() * totals.length];
            int row = 0;
            for (float[] rewards : parts.values()) {
                for (int i = 0; i < totals.length; i++) {
                    all[totals.length * row + i] = failed[i] ? Float.NaN : rewards[i];
                }
                row++;
            }
            return Rewards.perFunction(
                    View.copyOf(all, parts.size(), totals.length),
                    weights.stream().mapToDouble(Float::doubleValue).toArray());
        }

        /** Completions without a total. */
        int unscored() {
            int count = 0;
            for (float total : totals) {
                count += Float.isNaN(total) ? 1 : 0;
            }
            return count;
        }
    }

    /**
     * Finds the functions by name.
     *
     * @param weights one a name
     * @param timeout for the completions of a rollout, for each function; zero: none
     * @throws IllegalArgumentException naming an unknown reward, or two names of the same one
     */
    RewardSet(List<String> names, List<Float> weights, Duration timeout) {
        for (String name : names) {
            RewardFunction function = RewardFunctions.named(name);
            if (functions.stream().anyMatch(other -> other.name().equals(function.name()))) {
                throw new IllegalArgumentException("rewards: '" + function.name() + "' is there twice");
            }
            functions.add(new GuardedReward(function, timeout));
        }
        this.weights = weights;
    }

    Scores score(List<RewardInput> batch) {
        Map<String, float[]> parts = new LinkedHashMap<>();
        float[] totals = new float[batch.size()];
        Arrays.fill(totals, Float.NaN);
        boolean[] failed = new boolean[batch.size()];
        for (int f = 0; f < functions.size(); f++) {
            GuardedReward.Scored scored = functions.get(f).score(batch);
            parts.put(functions.get(f).name(), scored.rewards());
            for (int i = 0; i < totals.length; i++) {
                failed[i] |= scored.failed()[i];
                if (!Float.isNaN(scored.rewards()[i])) {
                    float before = Float.isNaN(totals[i]) ? 0 : totals[i];
                    totals[i] = before + weights.get(f) * scored.rewards()[i];
                }
            }
        }
        for (int i = 0; i < totals.length; i++) {
            totals[i] = failed[i] ? Float.NaN : totals[i];
        }
        return new Scores(parts, failed, totals, weights);
    }
}
