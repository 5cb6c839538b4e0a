package org.reasonrft.kernels;

import java.util.Arrays;

/**
 * The rewards of a batch of N completions, and what {@link GroupAdvantages} needs to compare them: which completions
 * answer the same question, and for some estimators how long they are.
 *
 * <pre>{@code
 * Rewards rewards = Rewards.of(accuracy).groupIds(questionIds).lengths(completionLengths);
 * float[] advantages = GroupAdvantages.opo().compute(rewards).advantages();
 * }</pre>
 *
 * Rewards are finite, or NaN where a completion was not scored. Of several rewards a completion's own is
 * {@code R_i = nansum_k w_k r_ki}: those that are NaN are left out, and it is unscored when all of them are.
 *
 * <p>A call object: set it up once and use it as often as its views stay in place. Not for concurrent use. Exactly one
 * of {@link #groupSize} and {@link #groupIds} must be set.
 */
public final class Rewards {

    final View rewards;
    /** One a reward function; null: 1 each. */
    final View weights;
    /** G; 0 with ids. */
    long groupSize;
    /** Null with a group size. */
    View groupIds;
    /** Null where none were given. */
    View lengths;

    private final Axis completions;
    private final Axis functions;

    /** Size and stride of one way through the rewards. */
    private record Axis(long size, long stride) {

        static Axis of(View rewards, int dimension) {
            return new Axis(rewards.size(dimension), rewards.stride(dimension));
        }
    }

    private Rewards(View rewards, Axis completions, Axis functions, View weights) {
        this.rewards = rewards;
        this.completions = completions;
        this.functions = functions;
        this.weights = weights;
        for (Axis axis : new Axis[] {completions, functions}) {
            // The native call reads 0 as "contiguous".
            if (axis.stride == 0 && axis.size > 1) {
                throw new IllegalArgumentException("rewards: " + rewards + "; wanted strides that keep elements apart");
            }
        }
    }

    /**
     * One reward per completion.
     *
     * @param rewards one a completion; copied
     * @throws IllegalArgumentException for null
     */
    public static Rewards of(float[] rewards) {
        return of(View.copyOf(given(rewards), rewards.length));
    }

    /**
     * One reward per completion, without a copy.
     *
     * @param rewards F32 of shape (N), any stride
     * @throws IllegalArgumentException naming the argument, what came and what was wanted
     */
    public static Rewards of(View rewards) {
        Checks.operand("rewards", rewards, new long[] {-1}, DType.F32);
        return new Rewards(rewards, Axis.of(rewards, 0), new Axis(1, 0), null);
    }

    /**
     * Several rewards per completion, one row a reward function.
     *
     * @param rewards F32 of shape (K, N), any strides that keep elements apart; K at least 1
     * @param weights one a reward function, finite; none at all: 1 each
     * @throws IllegalArgumentException naming the argument, what came and what was wanted
     */
    public static Rewards perFunction(View rewards, double... weights) {
        Checks.operand("rewards", rewards, new long[] {-1, -1}, DType.F32);
        return new Rewards(rewards, Axis.of(rewards, 1), Axis.of(rewards, 0), weights(weights, rewards.size(0)));
    }

    /**
     * Several rewards per completion, one row a completion, as TRL's {@code rewards_per_func}.
     *
     * @param rewards F32 of shape (N, K), any strides that keep elements apart; K at least 1
     * @param weights one a reward function, finite; none at all: 1 each
     * @throws IllegalArgumentException naming the argument, what came and what was wanted
     */
    public static Rewards perCompletion(View rewards, double... weights) {
        Checks.operand("rewards", rewards, new long[] {-1, -1}, DType.F32);
        return new Rewards(rewards, Axis.of(rewards, 0), Axis.of(rewards, 1), weights(weights, rewards.size(1)));
    }

    /** The rewards of a contiguous (groups, G) view, in groups of its rows. */
    static Rewards ofGroups(View rewards) {
        Rewards flat = new Rewards(rewards, new Axis(rewards.elements(), 1), new Axis(1, 0), null);
        flat.groupSize = rewards.size(1);
        return flat;
    }

    /**
     * The completions of a question are neighbours.
     *
     * @param size G, completions a question, at least 1; divides N
     * @throws IllegalArgumentException naming what came and what was wanted
     */
    public Rewards groupSize(int size) {
        Checks.atLeast("groupSize", size, 1);
        if (count() % size != 0) {
            throw new IllegalArgumentException(
                    "rewards: " + count() + " of them; wanted a multiple of groupSize " + size);
        }
        groupSize = size;
        groupIds = null;
        return this;
    }

    /**
     * Completions with the same id answer the same question: groups of any sizes, in any order, by any numbers.
     *
     * @param ids I64 of shape (N), contiguous
     * @throws IllegalArgumentException naming the argument, what came and what was wanted
     */
    public Rewards groupIds(View ids) {
        groupIds = Checks.contiguous("groupIds", ids, new long[] {count()}, DType.I64);
        groupSize = 0;
        return this;
    }

    /** As {@link #groupIds(View)}, from a copy. */
    public Rewards groupIds(long... ids) {
        return groupIds(copy("groupIds", ids));
    }

    /**
     * Tokens of each completion that the loss counts. Needed by {@link GroupAdvantages.Baseline#LENGTH_WEIGHTED} and
     * {@link GroupAdvantages.Scale#TOKEN_WHITENING}; otherwise unused.
     *
     * @param tokens I64 of shape (N), contiguous; each 0 to 2<sup>31</sup> - 1
     * @throws IllegalArgumentException naming the argument, what came and what was wanted
     */
    public Rewards lengths(View tokens) {
        lengths = Checks.contiguous("lengths", tokens, new long[] {count()}, DType.I64);
        return this;
    }

    /** As {@link #lengths(View)}, from a copy. */
    public Rewards lengths(long... tokens) {
        return lengths(copy("lengths", tokens));
    }

    /** N. */
    long count() {
        return completions.size;
    }

    /** K. */
    long functions() {
        return functions.size;
    }

    long completionStride() {
        return completions.stride;
    }

    /** Between the rewards of a completion; any number when there is one. */
    long functionStride() {
        return functions.stride;
    }

    /** Elements of {@link GroupAdvantages.Result#groupMean()}. */
    long statistics() {
        return groupIds == null ? count() / groupSize : count();
    }

    /** This, when an estimator can be run on it. */
    Rewards complete(boolean needsLengths, Object because) {
        if (groupSize == 0 && groupIds == null) {
            throw new IllegalArgumentException("rewards: neither groupSize nor groupIds set; wanted one of them");
        }
        if (needsLengths && lengths == null) {
            throw new IllegalArgumentException("lengths: not set; wanted because of " + because);
        }
        return this;
    }

    private View copy(String name, long[] values) {
        if (values == null || values.length != count()) {
            throw new IllegalArgumentException(name + ": " + (values == null ? "null" : values.length + " of them")
                    + "; wanted one for each of " + count() + " rewards");
        }
        return View.copyOf(values, values.length);
    }

    static float[] given(float[] rewards) {
        if (rewards == null) {
            throw new IllegalArgumentException("rewards: null; wanted one a completion");
        }
        return rewards;
    }

    private static View weights(double[] weights, long functions) {
        Checks.atLeast("rewards: reward functions", functions, 1);
        if (weights == null || weights.length != 0 && weights.length != functions) {
            throw new IllegalArgumentException("weights: " + Arrays.toString(weights) + "; wanted one for each of "
                    + functions + " reward functions, or none");
        }
        if (weights.length == 0) {
            return null;
        }
        float[] copy = new float[weights.length];
        for (int k = 0; k < copy.length; k++) {
            Checks.range("weights[" + k + "]", weights[k], -Float.MAX_VALUE, Float.MAX_VALUE);
            copy[k] = (float) weights[k];
        }
        return View.copyOf(copy, copy.length);
    }
}
