package org.reasonrft.kernels;

import java.lang.ref.Reference;
import java.util.Objects;
import org.bytedeco.javacpp.DoublePointer;
import org.reasonrft.kernels.internal.Abi;
import org.reasonrft.kernels.internal.GroupAdvantagesArgs;

/**
 * Group-relative advantages: each completion's reward against the mean of the completions of the same question.
 *
 * <pre>{@code
 * float[] advantages = GroupAdvantages.grpo().compute(rewards, 8).advantages();
 * }</pre>
 *
 * A NaN reward marks a completion that nothing scored: it is left out of every statistic and gets advantage 0. A group
 * with fewer than two scored rewards has standard deviation 0, and a reward that equals its mean has advantage 0
 * whatever the divisor. Immutable.
 *
 * @param scale what a centred reward is divided by
 * @param biasedStd false divides the sum of squares by n - 1 (TRL, verl), true by n
 * @param epsilon added to the standard deviation, at least 0. TRL 1e-4, verl 1e-6
 */
public record GroupAdvantages(Scale scale, boolean biasedStd, double epsilon) {

    /** What a centred reward is divided by. */
    public enum Scale {
        /** {@code (R - mean_g) / (std_g + epsilon)}: GRPO (arXiv:2402.03300), TRL {@code scale_rewards="group"}. */
        GROUP_STD(Abi.RRFT_SCALE_GROUP_STD),
        /** {@code R - mean_g}: Dr. GRPO (arXiv:2503.20783), TRL {@code scale_rewards="none"}. */
        NONE(Abi.RRFT_SCALE_NONE),
        /** {@code (R - mean_g) / (std of all rewards + epsilon)}: TRL {@code scale_rewards="batch"}. */
        BATCH_STD(Abi.RRFT_SCALE_BATCH_STD);

        private final int code;

        Scale(int code) {
            this.code = code;
        }
    }

    /**
     * @param advantages one a reward, in the same order
     * @param groupMean mean of the scored rewards of each group; NaN where there is none
     * @param groupStd their standard deviation
     * @param zeroSpreadFraction fraction of groups with a standard deviation below 1e-8, which teach nothing. TRL
     *     {@code frac_reward_zero_std}
     */
    public record Result(float[] advantages, float[] groupMean, float[] groupStd, double zeroSpreadFraction) {}

    /** Checks the ranges given above; {@link IllegalArgumentException} names the offending value. */
    public GroupAdvantages {
        Objects.requireNonNull(scale, "scale");
        Checks.range("epsilon", epsilon, 0, Float.MAX_VALUE);
    }

    /** GRPO as in TRL: group standard deviation with n - 1, epsilon 1e-4. */
    public static GroupAdvantages grpo() {
        return new GroupAdvantages(Scale.GROUP_STD, false, 1e-4);
    }

    /** Dr. GRPO: centred only. */
    public static GroupAdvantages drGrpo() {
        return new GroupAdvantages(Scale.NONE, false, 0);
    }

    /** Centred by group, divided by the standard deviation of the whole batch with n - 1, epsilon 1e-4. */
    public static GroupAdvantages batch() {
        return new GroupAdvantages(Scale.BATCH_STD, false, 1e-4);
    }

    public GroupAdvantages withBiasedStd(boolean value) {
        return new GroupAdvantages(scale, value, epsilon);
    }

    public GroupAdvantages withEpsilon(double value) {
        return new GroupAdvantages(scale, biasedStd, value);
    }

    /** As {@link #compute(float[], int, Backend)} on {@link Backend#CPU}. */
    public Result compute(float[] rewards, int groupSize) {
        return compute(rewards, groupSize, Backend.CPU);
    }

    /**
     * @param rewards of all completions, those of a question next to each other; finite or NaN
     * @param groupSize G, completions a question, at least 1; divides the number of rewards
     * @throws IllegalArgumentException naming the argument, what came and what was wanted
     */
    public Result compute(float[] rewards, int groupSize, Backend backend) {
        Checks.atLeast("groupSize", groupSize, 1);
        if (rewards == null || rewards.length % groupSize != 0) {
            throw new IllegalArgumentException("rewards: " + (rewards == null ? "null" : rewards.length + " of them")
                    + "; wanted a multiple of groupSize " + groupSize);
        }
        int groups = rewards.length / groupSize;
        View advantages = View.allocate(DType.F32, groups, groupSize);
        View mean = View.allocate(DType.F32, groups);
        View std = View.allocate(DType.F32, groups);
        double zeroSpread = run(View.copyOf(rewards, groups, groupSize), advantages, mean, std, backend);
        return new Result(advantages.toFloatArray(), mean.toFloatArray(), std.toFloatArray(), zeroSpread);
    }

    /**
     * Without a copy.
     *
     * @param rewards F32 of shape (groups, G), contiguous; finite or NaN
     * @param advantages F32 of the same shape, contiguous, apart from the rewards; written
     * @return fraction of groups with a standard deviation below 1e-8
     * @throws IllegalArgumentException naming the argument, what came and what was wanted
     */
    public double compute(View rewards, View advantages, Backend backend) {
        Checks.contiguous("rewards", rewards, new long[] {-1, -1}, DType.F32);
        Checks.atLeast("rewards: group size", rewards.size(1), 1);
        Checks.output("advantages", advantages, new long[] {rewards.size(0), rewards.size(1)}, DType.F32);
        return run(rewards, advantages, null, null, backend);
    }

    private double run(View rewards, View advantages, View mean, View std, Backend backend) {
        Objects.requireNonNull(backend, "backend");
        Native call = Native.ofThread();
        GroupAdvantagesArgs args = Native.cleared(call.groupAdvantages);
        DoublePointer zeroSpread = call.scalar;
        args.struct_size(args.sizeof())
                .groups(rewards.size(0))
                .group_size(rewards.size(1))
                .rewards(call.pointer("rewards", rewards))
                .scale(scale.code)
                .biased_std(biasedStd ? 1 : 0)
                .epsilon((float) epsilon)
                .advantages(call.pointer("advantages", advantages))
                .group_mean(call.pointer("groupMean", mean))
                .group_std(call.pointer("groupStd", std))
                .zero_spread_fraction(zeroSpread);
        int status = switch (backend) {
            case REFERENCE -> Abi.rrft_reference_group_advantages(args);
            case CPU -> Abi.rrft_cpu_group_advantages(args);
        };
        Reference.reachabilityFence(rewards);
        Reference.reachabilityFence(advantages);
        Reference.reachabilityFence(mean);
        Reference.reachabilityFence(std);
        Native.check(status);
        return zeroSpread.get(0);
    }
}
