package org.reasonrft.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import org.reasonrft.kernels.Rewards;
import org.reasonrft.kernels.View;
import org.reasonrft.reward.AccuracyReward;
import org.reasonrft.reward.FormatReward;
import org.reasonrft.reward.RewardFunction;
import org.reasonrft.reward.RewardInput;

/** Several reward functions and their weights. */
final class RewardSet {
    private final List<RewardFunction> functions = new ArrayList<>();
    private final List<Float> weights;

    /**
     * @param parts rewards of each function by its name, in the order of the configuration
     * @param totals their weighted sum per completion; a function that gave NaN is left out, NaN where all did
     * @param weights one a function
     */
    record Scores(Map<String, float[]> parts, float[] totals, List<Float> weights) {
        /** Each function's rewards by themselves, for baselines that normalise them one by one. */
        Rewards perFunction() {
            float[] all = new float[parts.size() * totals.length];
            int row = 0;
            for (float[] rewards : parts.values()) {
                System.arraycopy(rewards, 0, all, totals.length * row++, totals.length);
            }
            return Rewards.perFunction(
                    View.copyOf(all, parts.size(), totals.length),
                    weights.stream().mapToDouble(Float::doubleValue).toArray());
        }
    }

    /**
     * Finds the functions by name: those that come with the library, then those that {@link ServiceLoader} finds on the
     * class path.
     *
     * @throws IllegalArgumentException naming an unknown reward
     */
    RewardSet(List<String> names, List<Float> weights) {
        Map<String, RewardFunction> known = new TreeMap<>();
        ServiceLoader.load(RewardFunction.class).forEach(function -> known.put(function.name(), function));
        for (RewardFunction shipped : List.of(new AccuracyReward(), new FormatReward())) {
            known.put(shipped.name(), shipped);
        }
        for (String name : names) {
            RewardFunction function = known.get(name);
            if (function == null) {
                throw new IllegalArgumentException("rewards: got '" + name + "', wanted one of " + known.keySet());
            }
            functions.add(function);
        }
        this.weights = weights;
    }

    Scores score(List<RewardInput> batch) {
        Map<String, float[]> parts = new LinkedHashMap<>();
        float[] totals = new float[batch.size()];
        boolean[] scored = new boolean[batch.size()];
        for (int f = 0; f < functions.size(); f++) {
            float[] rewards = functions.get(f).score(batch);
            parts.put(functions.get(f).name(), rewards);
            for (int i = 0; i < totals.length; i++) {
                if (!Float.isNaN(rewards[i])) {
                    totals[i] += weights.get(f) * rewards[i];
                    scored[i] = true;
                }
            }
        }
        for (int i = 0; i < totals.length; i++) {
            totals[i] = scored[i] ? totals[i] : Float.NaN;
        }
        return new Scores(parts, totals, weights);
    }
}
