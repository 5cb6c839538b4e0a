package org.reasonrft.train;

import java.util.LinkedHashMap;
import java.util.Map;

/** Builds the trees of default values under the configuration files; keys as in YAML. */
final class Defaults {
    private Defaults() {}

    static Map<String, Object> of(Object... keysAndValues) {
        Map<String, Object> tree = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            tree.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return tree;
    }

    static Map<String, Object> optimizer(double learningRate, String schedule, int warmupSteps, double weightDecay) {
        return of(
                "learning_rate", learningRate,
                "schedule", schedule,
                "warmup_steps", warmupSteps,
                "minimum_ratio", 0.0,
                "weight_decay", weightDecay,
                "beta1", 0.9,
                "beta2", 0.999,
                "epsilon", 1e-8,
                "max_grad_norm", 1.0);
    }

    static Map<String, Object> evaluation() {
        return of("data", Map.of(), "steps", 0, "samples", 0, "batch_size", 64);
    }
}
