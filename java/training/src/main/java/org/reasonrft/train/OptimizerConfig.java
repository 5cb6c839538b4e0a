package org.reasonrft.train;

import org.reasonrft.run.Default;

/**
 * AdamW and its learning-rate schedule.
 *
 * @param learningRate peak learning rate
 * @param schedule shape of the decay after the warm-up
 * @param warmupSteps optimizer steps of linear warm-up
 * @param minimumRatio share of the peak left at the last step, in [0, 1]
 * @param weightDecay decoupled decay of matrices and embeddings
 * @param beta1 decay of the first moment, in [0, 1)
 * @param beta2 decay of the second moment, in [0, 1)
 * @param epsilon added to the root of the second moment
 * @param maxGradNorm the gradient is scaled down to this Euclidean norm when it is longer; 0 never
 */
public record OptimizerConfig(
        double learningRate,
        @Default("constant") Schedule schedule,
        @Default("0") int warmupSteps,
        @Default("0") double minimumRatio,
        @Default("0") double weightDecay,
        @Default("0.9") double beta1,
        @Default("0.999") double beta2,
        @Default("1e-8") double epsilon,
        @Default("1") double maxGradNorm) {
    public OptimizerConfig {
        Requirements.positive("optimizer.learning_rate", learningRate);
        Requirements.present("optimizer.schedule", schedule);
        Requirements.atLeast("optimizer.warmup_steps", warmupSteps, 0);
        Requirements.within("optimizer.minimum_ratio", minimumRatio, 0, 1);
        Requirements.within("optimizer.weight_decay", weightDecay, 0, 1);
        Requirements.within("optimizer.beta1", beta1, 0, 0.99999);
        Requirements.within("optimizer.beta2", beta2, 0, 0.999999);
        Requirements.positive("optimizer.epsilon", epsilon);
        Requirements.within("optimizer.max_grad_norm", maxGradNorm, 0, Double.MAX_VALUE);
    }

    AdamW.Options adamW() {
        return new AdamW.Options(beta1, beta2, epsilon, weightDecay);
    }

    double rateAt(long step, long maxSteps) {
        return schedule.learningRate(step, warmupSteps, maxSteps, learningRate, minimumRatio);
    }
}
