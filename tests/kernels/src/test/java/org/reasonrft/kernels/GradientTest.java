package org.reasonrft.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Gradients against central differences of the losses that they belong to. */
class GradientTest {

    /** Large enough for the float32 logits to move, small enough for the third derivative. */
    private static final float STEP = 1.0f / 256;

    @ParameterizedTest
    @EnumSource(Reduction.class)
    void gradLogitsIsTheSlopeOfTheLoss(Reduction reduction) {
        Problem problem = Problem.random(11, 3, 4, 5, DType.F32);
        PolicyLossOptions options = PolicyLossOptions.defaults()
                .withObjective(new PolicyObjective.Clip(0.2, 0.3))
                .withKlCoefficient(0.05)
                .withReduction(reduction, reduction == Reduction.FIXED_LENGTH ? 12 : 0);
        View gradient = problem.perLogit();
        problem.fused().temperature(1.3).gradLogits(gradient).compute(options);
        float[] logits = problem.logits.toFloatArray();
        float[] slopes = gradient.toFloatArray();
        double largest = 0;
        for (int i = 0; i < logits.length; i++) {
            double slope =
                    (loss(problem, logits, i, STEP, options) - loss(problem, logits, i, -STEP, options)) / (2.0 * STEP);
            assertThat((double) slopes[i]).as("logit " + i).isCloseTo(slope, within(2e-5));
            largest = Math.max(largest, Math.abs(slopes[i]));
        }
        assertThat(largest).as("a gradient worth comparing").isGreaterThan(0.01);
    }

    @ParameterizedTest
    @EnumSource(names = {"REFERENCE", "CPU"})
    void entropyGradientIsTheSlopeOfTheEntropy(Backend backend) {
        float[] logits = {0.5f, -1, 2, 0.25f};
        View ones = View.copyOf(new float[] {1}, 1, 1);
        View zeros = View.copyOf(new float[] {0}, 1, 1);
        View ids = View.copyOf(new int[] {1}, 1, 1);
        View gradient = View.allocate(DType.F32, 1, 1, 4);
        LogProbs.of(View.copyOf(logits, 1, 1, 4), ids)
                .temperature(0.8)
                .gradEntropy(ones)
                .backend(backend)
                .backward(zeros, gradient);
        for (int i = 0; i < logits.length; i++) {
            double slope = (entropy(logits, i, STEP) - entropy(logits, i, -STEP)) / (2.0 * STEP);
            assertThat((double) gradient.toFloatArray()[i]).as("logit " + i).isCloseTo(slope, within(2e-5));
        }
    }

    private static double loss(Problem problem, float[] logits, int moved, float by, PolicyLossOptions options) {
        float[] changed = logits.clone();
        changed[moved] += by;
        View view = View.copyOf(changed, problem.batch, problem.tokens, problem.vocabulary);
        return FusedPolicyLoss.of(view, problem.ids, problem.advantages)
                .mask(problem.mask)
                .oldLogProbs(problem.oldLogProbs)
                .refLogProbs(problem.refLogProbs)
                .temperature(1.3)
                .backend(Backend.REFERENCE)
                .compute(options)
                .loss();
    }

    private static double entropy(float[] logits, int moved, float by) {
        double[] p = new double[logits.length];
        double sum = 0;
        for (int v = 0; v < p.length; v++) {
            p[v] = Math.exp((logits[v] + (v == moved ? by : 0)) / 0.8);
            sum += p[v];
        }
        double entropy = 0;
        for (double weight : p) {
            entropy -= weight / sum * Math.log(weight / sum);
        }
        return entropy;
    }
}
