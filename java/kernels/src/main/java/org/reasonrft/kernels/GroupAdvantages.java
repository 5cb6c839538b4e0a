package org.reasonrft.kernels;

import java.lang.ref.Reference;
import java.util.Objects;
import org.bytedeco.javacpp.DoublePointer;
import org.reasonrft.kernels.internal.Abi;
import org.reasonrft.kernels.internal.GroupAdvantagesArgs;

/**
 * Group-relative advantages: each completion's reward against those of the completions of the same question.
 *
 * <pre>{@code
 * float[] advantages = GroupAdvantages.grpo().compute(rewards, 8).advantages();
 * }</pre>
 *
 * An estimator is a {@link Baseline}, which turns the reward {@code R_i} of a completion into {@code C_i}, and a
 * {@link Scale}, which turns that into the advantage. {@link Rewards} brings several rewards a completion, groups of any
 * sizes, and lengths.
 *
 * <p>A NaN reward marks a completion that nothing scored: it is left out of every statistic and gets advantage 0. A group
 * with fewer than two scored rewards has standard deviation 0. Alone in its group, a completion has C = 0, except with
 * {@link Baseline#NONE}. Where a divisor is 0 the quotient is 0, and equal rewards equal their mean exactly, so a group
 * without spread gets advantages of exactly 0 from all estimators that compare within the group alone. An infinite
 * reward is refused.
 *
 * <p>Everything is computed in double precision and rounded once. Results do not depend on the number of threads, on
 * the order of the groups or on what lies between the members of one, bit for bit. Immutable.
 *
 * @param baseline what a reward is compared with
 * @param scale what the difference is divided by
 * @param stdDivisor of all standard deviations and variances
 * @param epsilon added to the standard deviation (to the variance by {@link Scale#TOKEN_WHITENING}), at least 0
 */
public record GroupAdvantages(Baseline baseline, Scale scale, StdDivisor stdDivisor, double epsilon) {

    /** What a reward is compared with, among the {@code n} scored completions of the group g. */
    public enum Baseline {
        /** {@code C_i = R_i - mean_g}: GRPO (arXiv:2402.03300). */
        GROUP_MEAN(Abi.RRFT_BASELINE_GROUP_MEAN),
        /** {@code C_i = R_i - mean of the others = n / (n - 1) (R_i - mean_g)}: RLOO (arXiv:2402.14740). */
        LEAVE_ONE_OUT(Abi.RRFT_BASELINE_LEAVE_ONE_OUT),
        /**
         * {@code C_i = R_i - sum_g(length R) / sum_g(length)}: OPO (arXiv:2505.23585). 0 where the scored completions
         * have no token.
         */
        LENGTH_WEIGHTED(Abi.RRFT_BASELINE_LENGTH_WEIGHTED),
        /** {@code C_i = R_i}: REINFORCE++ (arXiv:2501.03262), which leaves the centring to the scale. */
        NONE(Abi.RRFT_BASELINE_NONE),
        /**
         * {@code C_i = R_i - second largest R_g} for the best completion of the group and 0 for the others; 0 where two
         * are best. The pass@k estimator of verl ({@code grpo_passk}, after arXiv:2503.19595).
         */
        SECOND_BEST(Abi.RRFT_BASELINE_SECOND_BEST),
        /**
         * {@code C_i = nansum_k w_k (r_ki - mean_gk) / (std_gk + epsilon)}: each reward normalised in its group before
         * they are added. GDPO (arXiv:2601.05242), TRL {@code multi_objective_aggregation="normalize_then_sum"} with
         * {@link Scale#BATCH_WHITENING}, verl {@code gdpo} with {@link Scale#TOKEN_WHITENING}. Not with
         * {@link Scale#GROUP_STD} or {@link Scale#BATCH_STD}, which have the unit of a reward.
         */
        EACH_REWARD(Abi.RRFT_BASELINE_EACH_REWARD);

        private final int code;

        Baseline(int code) {
            this.code = code;
        }
    }

    /** What the difference to the baseline is divided by. The batch is all scored completions of the call. */
    public enum Scale {
        /** {@code C / (std_g + epsilon)}: GRPO (arXiv:2402.03300), TRL {@code scale_rewards="group"}. */
        GROUP_STD(Abi.RRFT_SCALE_GROUP_STD),
        /** {@code C}: Dr. GRPO (arXiv:2503.20783), TRL {@code scale_rewards="none"}. */
        NONE(Abi.RRFT_SCALE_NONE),
        /** {@code C / (std of R in the batch + epsilon)}: TRL {@code scale_rewards="batch"} (arXiv:2508.08221). */
        BATCH_STD(Abi.RRFT_SCALE_BATCH_STD),
        /** {@code (C - mean of C in the batch) / (std of C in the batch + epsilon)}: the last step of GDPO. */
        BATCH_WHITENING(Abi.RRFT_SCALE_BATCH_WHITENING),
        /**
         * {@code (C - m) / sqrt(v + epsilon)} with mean and variance over the tokens of the batch, each of which carries
         * the C of its completion: {@code m = sum(length C) / sum(length)},
         * {@code v = sum(length (C - m)^2) / (sum(length) - 1)}, or {@code / sum(length)} with {@link StdDivisor#N}. This
         * is REINFORCE++ (arXiv:2501.03262; verl {@code reinforce_plus_plus}) with discount 1 and no KL term in the
         * reward: then all tokens of a completion have the same return. 0 everywhere when no completion has a token.
         */
        TOKEN_WHITENING(Abi.RRFT_SCALE_TOKEN_WHITENING);

        private final int code;

        Scale(int code) {
            this.code = code;
        }
    }

    /** What a sum of squared deviations of {@code n} numbers is divided by. */
    public enum StdDivisor {
        /** The unbiased variance, as in PyTorch, TRL and verl. */
        N_MINUS_1(0),
        /** The variance of exactly these numbers. */
        N(1);

        private final int code;

        StdDivisor(int code) {
            this.code = code;
        }
    }

    /**
     * @param advantages one a completion, in the order of the rewards
     * @param groupMean mean of the scored rewards R of each group, NaN where there is none; with
     *     {@link Rewards#groupIds}, one a completion: that of its group
     * @param groupStd their standard deviation, likewise
     * @param zeroSpreadFraction fraction of groups with a standard deviation below 1e-8, which teach nothing. TRL
     *     {@code frac_reward_zero_std}
     */
    public record Result(float[] advantages, float[] groupMean, float[] groupStd, double zeroSpreadFraction) {}

    /** Checks the ranges given above; {@link IllegalArgumentException} names the offending value. */
    public GroupAdvantages {
        Objects.requireNonNull(baseline, "baseline");
        Objects.requireNonNull(scale, "scale");
        Objects.requireNonNull(stdDivisor, "stdDivisor");
        Checks.range("epsilon", epsilon, 0, Float.MAX_VALUE);
        if (baseline == Baseline.EACH_REWARD && (scale == Scale.GROUP_STD || scale == Scale.BATCH_STD)) {
            throw new IllegalArgumentException(
                    "scale: " + scale + " with baseline EACH_REWARD; wanted NONE, BATCH_WHITENING or TOKEN_WHITENING");
        }
    }

    private static GroupAdvantages of(Baseline baseline, Scale scale, double epsilon) {
        return new GroupAdvantages(baseline, scale, StdDivisor.N_MINUS_1, epsilon);
    }

    /** GRPO as in TRL: group mean and group standard deviation, epsilon 1e-4 (verl: 1e-6). */
    public static GroupAdvantages grpo() {
        return of(Baseline.GROUP_MEAN, Scale.GROUP_STD, 1e-4);
    }

    /** Dr. GRPO: group mean, not scaled. */
    public static GroupAdvantages drGrpo() {
        return of(Baseline.GROUP_MEAN, Scale.NONE, 0);
    }

    /** Group mean, and the standard deviation of the whole batch, epsilon 1e-4. */
    public static GroupAdvantages batch() {
        return of(Baseline.GROUP_MEAN, Scale.BATCH_STD, 1e-4);
    }

    /** RLOO: the mean of the other completions, not scaled. */
    public static GroupAdvantages rloo() {
        return of(Baseline.LEAVE_ONE_OUT, Scale.NONE, 0);
    }

    /** OPO: the length-weighted mean, not scaled. Needs {@link Rewards#lengths}. */
    public static GroupAdvantages opo() {
        return of(Baseline.LENGTH_WEIGHTED, Scale.NONE, 0);
    }

    /** REINFORCE++: no group baseline, token whitening, epsilon 1e-8. Needs {@link Rewards#lengths}. */
    public static GroupAdvantages reinforcePlusPlus() {
        return of(Baseline.NONE, Scale.TOKEN_WHITENING, 1e-8);
    }

    /** REINFORCE++-baseline: group mean, token whitening, epsilon 1e-8. Needs {@link Rewards#lengths}. */
    public static GroupAdvantages reinforcePlusPlusBaseline() {
        return of(Baseline.GROUP_MEAN, Scale.TOKEN_WHITENING, 1e-8);
    }

    /** GDPO as in TRL: each reward normalised in its group, their sum in the batch, epsilon 1e-4 in both. */
    public static GroupAdvantages gdpo() {
        return of(Baseline.EACH_REWARD, Scale.BATCH_WHITENING, 1e-4);
    }

    /** Pass@k as in verl: the best completion's lead over the second, in group standard deviations, epsilon 1e-6. */
    public static GroupAdvantages passAtK() {
        return of(Baseline.SECOND_BEST, Scale.GROUP_STD, 1e-6);
    }

    public GroupAdvantages withBaseline(Baseline value) {
        return new GroupAdvantages(value, scale, stdDivisor, epsilon);
    }

    public GroupAdvantages withScale(Scale value) {
        return new GroupAdvantages(baseline, value, stdDivisor, epsilon);
    }

    public GroupAdvantages withStdDivisor(StdDivisor value) {
        return new GroupAdvantages(baseline, scale, value, epsilon);
    }

    public GroupAdvantages withEpsilon(double value) {
        return new GroupAdvantages(baseline, scale, stdDivisor, value);
    }

    /** As {@link #compute(float[], int, Backend)} on {@link Backend#CPU}. */
    public Result compute(float[] rewards, int groupSize) {
        return compute(rewards, groupSize, Backend.CPU);
    }

    /**
     * One reward per completion.
     *
     * @param rewards of all completions, those of a question next to each other; finite or NaN
     * @param groupSize G, completions a question, at least 1; divides the number of rewards
     * @throws IllegalArgumentException naming the argument, what came and what was wanted
     */
    public Result compute(float[] rewards, int groupSize, Backend backend) {
        int count = Rewards.given(rewards).length;
        Native.Scratch scratch = Native.ofThread().scratch(4L * count);
        scratch.floats.put(0, rewards);
        return compute(Rewards.of(scratch.view.narrow(0, 0, count)).groupSize(groupSize), backend, scratch, count);
    }

    /** As {@link #compute(Rewards, Backend)} on {@link Backend#CPU}. */
    public Result compute(Rewards rewards) {
        return compute(rewards, Backend.CPU);
    }

    /**
     * Advantages with all that is measured on the way, in fresh arrays.
     *
     * @throws IllegalArgumentException naming the argument, what came and what was wanted
     */
    public Result compute(Rewards rewards, Backend backend) {
        checked(rewards);
        return compute(rewards, backend, Native.ofThread().scratch(3 * rewards.count()), 0);
    }

    /** Results by way of the scratch memory from an element on. */
    private Result compute(Rewards rewards, Backend backend, Native.Scratch scratch, int from) {
        checked(rewards);
        int count = Math.toIntExact(rewards.count());
        int groups = Math.toIntExact(rewards.statistics());
        View advantages = scratch.view.narrow(0, from, count);
        View mean = scratch.view.narrow(0, from + count, groups);
        View std = scratch.view.narrow(0, from + count + groups, groups);
        double zeroSpread = run(rewards, advantages, mean, std, backend);
        Result result = new Result(new float[count], new float[groups], new float[groups], zeroSpread);
        scratch.floats.get(from, result.advantages);
        scratch.floats.get(from + count, result.groupMean);
        scratch.floats.get(from + count + groups, result.groupStd);
        return result;
    }

    /**
     * Without a copy.
     *
     * @param advantages F32 of shape (N), contiguous, apart from the rewards; written
     * @return fraction of groups with a standard deviation below 1e-8
     * @throws IllegalArgumentException naming the argument, what came and what was wanted
     */
    public double compute(Rewards rewards, View advantages, Backend backend) {
        checked(rewards);
        Checks.output("advantages", advantages, new long[] {rewards.count()}, DType.F32);
        return run(rewards, advantages, null, null, backend);
    }

    /**
     * One reward per completion, without a copy.
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
        return run(checked(Rewards.ofGroups(rewards)), advantages, null, null, backend);
    }

    private Rewards checked(Rewards rewards) {
        if (rewards == null) {
            throw new IllegalArgumentException("rewards: null; wanted the rewards of a batch");
        }
        if (baseline == Baseline.LENGTH_WEIGHTED) {
            return rewards.complete(true, baseline);
        }
        return rewards.complete(scale == Scale.TOKEN_WHITENING, scale);
    }

    private double run(Rewards rewards, View advantages, View mean, View std, Backend backend) {
        Objects.requireNonNull(backend, "backend");
        Native call = Native.ofThread();
        GroupAdvantagesArgs args = Native.cleared(call.groupAdvantages);
        DoublePointer zeroSpread = call.scalar;
        boolean byId = rewards.groupIds != null;
        args.struct_size(args.sizeof())
                .groups(byId ? 0 : rewards.statistics())
                .group_size(rewards.groupSize)
                .completions(byId ? rewards.count() : 0)
                .group_ids(call.pointer("groupIds", rewards.groupIds))
                .rewards(call.pointer("rewards", rewards.rewards))
                .reward_count(rewards.functions())
                .reward_stride(rewards.functionStride())
                .completion_stride(rewards.completionStride())
                .reward_weights(call.pointer("weights", rewards.weights))
                .lengths(call.pointer("lengths", rewards.lengths))
                .baseline(baseline.code)
                .scale(scale.code)
                .biased_std(stdDivisor.code)
                .epsilon((float) epsilon)
                .advantages(call.pointer("advantages", advantages))
                .group_mean(call.pointer("groupMean", mean))
                .group_std(call.pointer("groupStd", std))
                .zero_spread_fraction(zeroSpread);
        int status = switch (call.backend(backend)) {
            case REFERENCE -> Abi.rrft_reference_group_advantages(args);
            case CPU -> Abi.rrft_cpu_group_advantages(args);
            case CUDA -> call.cuda("rrft_cuda_group_advantages", args, zeroSpread, args::zero_spread_fraction);
        };
        Reference.reachabilityFence(rewards);
        Reference.reachabilityFence(advantages);
        Reference.reachabilityFence(mean);
        Reference.reachabilityFence(std);
        Native.check(status);
        return zeroSpread.get(0);
    }
}
