package org.reasonrft.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.reasonrft.reward.AccuracyReward;
import org.reasonrft.reward.FormatReward;
import org.reasonrft.reward.RewardFunction;
import org.reasonrft.reward.RewardInput;

/** Several reward functions and their weights. */
final class RewardSet {
    private static final Map<String, Supplier<RewardFunction>> SHIPPED =
            Map.of("accuracy", AccuracyReward::new, "format", FormatReward::new);

    private final List<RewardFunction> functions = new ArrayList<>();
    private final List<Float> weights;

    /**
     * @param parts rewards of each function by its name, in the order of the configuration
     * @param totals their weighted sum per completion; a function that gave NaN is left out, NaN where all did
     */
    record Scores(Map<String, float[]> parts, float[] totals) {}

    /** @throws IllegalArgumentException naming an unknown reward */
    RewardSet(List<String> names, List<Float> weights) {
        for (String name : names) {
            Supplier<RewardFunction> supplier = SHIPPED.get(name);
            if (supplier == null) {
                throw new IllegalArgumentException(
                        "rewards: got '" + name + "', wanted " + SHIPPED.keySet().stream().sorted().toList());
            }
            functions.add(supplier.get());
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
        return new Scores(parts, totals);
    }
}
