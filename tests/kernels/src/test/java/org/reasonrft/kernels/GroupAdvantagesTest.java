package org.reasonrft.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The estimators by name, on numbers worked by hand, and the ways rewards come in. */
class GroupAdvantagesTest {

    private static final float NAN = Float.NaN;

    private static void assertAdvantages(
            GroupAdvantages estimator, Rewards rewards, Backend backend, double... wanted) {
        float[] expected = new float[wanted.length];
        for (int i = 0; i < wanted.length; i++) {
            expected[i] = (float) wanted[i];
        }
        assertThat(estimator.compute(rewards, backend).advantages())
                .usingComparatorWithPrecision(1e-6f)
                .containsExactly(expected);
    }

    private static Rewards pairs(float... rewards) {
        return Rewards.of(rewards).groupSize(2);
    }

    @ParameterizedTest
    @EnumSource(names = {"REFERENCE", "CPU"})
    void knownNumbers(Backend backend) {
        double grpo = 0.5 / (Math.sqrt(0.5) + 1e-4);
        assertAdvantages(GroupAdvantages.grpo(), pairs(1, 0, 3, 3), backend, grpo, -grpo, 0, 0);
        assertAdvantages(
                GroupAdvantages.grpo()
                        .withStdDivisor(GroupAdvantages.StdDivisor.N)
                        .withEpsilon(0),
                pairs(1, 0, 3, 3),
                backend,
                1,
                -1,
                0,
                0);
        assertAdvantages(GroupAdvantages.drGrpo(), pairs(1, 0, NAN, 3), backend, 0.5, -0.5, 0, 0);
        // Rewards 1, 0, 3, 4: mean 2, squares 1 + 4 + 1 + 4.
        double batch = 0.5 / (Math.sqrt(10.0 / 3) + 1e-4);
        assertAdvantages(GroupAdvantages.batch(), pairs(1, 0, 3, 4), backend, batch, -batch, -batch, batch);
        assertAdvantages(GroupAdvantages.rloo(), pairs(1, 0, 3, 5), backend, 1, -1, -2, 2);
        assertAdvantages(GroupAdvantages.opo(), pairs(1, 0, 3, 5).lengths(3, 1, 1, 1), backend, 0.25, -0.75, -1, 1);
        double lead = 2 / (Math.sqrt(2) + 1e-6);
        assertAdvantages(GroupAdvantages.passAtK(), pairs(3, 5, 2, 2), backend, 0, lead, 0, 0);
        // C = -1, 1, -2, 2 on 1, 2, 1, 1 tokens: mean 0.2, variance 10.8 / 4.
        double root = Math.sqrt(2.7);
        Rewards withLengths = pairs(1, 3, 0, 4).lengths(1, 2, 1, 1);
        double[] whitened = {-1.2 / root, 0.8 / root, -2.2 / root, 1.8 / root};
        assertAdvantages(GroupAdvantages.reinforcePlusPlusBaseline(), withLengths, backend, whitened);
        assertAdvantages(GroupAdvantages.reinforcePlusPlus(), withLengths, backend, whitened);
        // Each reward is 1 / sqrt(2) from its mean in its own deviations, or 0; the batch's variance is 1 / 6.
        View perFunction = View.copyOf(new float[] {0, 2, 1, 1, 3, 1, 0, 4}, 2, 4);
        double third = Math.sqrt(3) / 2;
        assertAdvantages(
                GroupAdvantages.gdpo().withEpsilon(0),
                Rewards.perFunction(perFunction, 1, 0.5).groupSize(2),
                backend,
                -third,
                third,
                -third,
                third);
    }

    @ParameterizedTest
    @EnumSource(names = {"REFERENCE", "CPU"})
    void severalRewards(Backend backend) {
        View perFunction = View.copyOf(new float[] {1, NAN, NAN, 0, NAN, 1, NAN, 0.5f}, 2, 4);
        View perCompletion = View.copyOf(new float[] {1, NAN, NAN, 1, NAN, NAN, 0, 0.5f}, 4, 2);
        double[] wanted = {-1.0 / 3, 2.0 / 3, 0, -1.0 / 3};
        assertAdvantages(
                GroupAdvantages.drGrpo(), Rewards.perFunction(perFunction, 1, 2).groupSize(4), backend, wanted);
        assertAdvantages(
                GroupAdvantages.drGrpo(),
                Rewards.perCompletion(perCompletion, 1, 2).groupSize(4),
                backend,
                wanted);
        assertAdvantages(
                GroupAdvantages.drGrpo(),
                Rewards.perCompletion(perCompletion).groupSize(4),
                backend,
                1.0 / 6,
                1.0 / 6,
                0,
                -1.0 / 3);
        // A column of the (N, K) view, every second number.
        assertAdvantages(
                GroupAdvantages.drGrpo(),
                Rewards.of(View.copyOf(new float[] {1, 9, 2, 9, 6, 9}, 6)
                                .narrow(0, 0, 3)
                                .withStrides(2))
                        .groupSize(3),
                backend,
                -2,
                -1,
                3);
    }

    @ParameterizedTest
    @EnumSource(names = {"REFERENCE", "CPU"})
    void groupsById(Backend backend) {
        GroupAdvantages.Result result = GroupAdvantages.drGrpo()
                .compute(Rewards.of(new float[] {1, 0, 2, 3, 5, 9}).groupIds(7, -3, 7, 7, -3, Long.MAX_VALUE), backend);
        assertThat(result.advantages()).containsExactly(-1, -2.5f, 0, 1, 2.5f, 0);
        assertThat(result.groupMean()).containsExactly(2, 2.5f, 2, 2, 2.5f, 9);
        assertThat(result.groupStd()[5]).isZero();
        assertThat(result.zeroSpreadFraction()).isEqualTo(1.0 / 3);
        // The later of groupSize and groupIds counts.
        assertAdvantages(
                GroupAdvantages.drGrpo(),
                Rewards.of(new float[] {1, 3}).groupIds(1, 2).groupSize(2),
                backend,
                -1,
                1);
    }

    @ParameterizedTest
    @EnumSource(names = {"REFERENCE", "CPU"})
    void nothingIsLegal(Backend backend) {
        for (Rewards none : new Rewards[] {
            Rewards.of(new float[0]).groupIds(), Rewards.of(new float[0]).groupSize(4)
        }) {
            GroupAdvantages.Result result = GroupAdvantages.grpo().compute(none, backend);
            assertThat(result.advantages()).isEmpty();
            assertThat(result.groupMean()).isEmpty();
            assertThat(result.zeroSpreadFraction()).isZero();
        }
    }

    static Stream<Arguments> estimators() {
        return BackendAgreementTest.estimators();
    }

    /** Groups torn apart and named by ids give the bits of groups of neighbours, and so do groups in another order. */
    @ParameterizedTest
    @MethodSource("estimators")
    void orderChangesNoBit(GroupAdvantages.Baseline baseline, GroupAdvantages.Scale scale) {
        GroupAdvantages estimator = new GroupAdvantages(baseline, scale, GroupAdvantages.StdDivisor.N_MINUS_1, 1e-6);
        int groups = 21;
        int size = 6;
        int count = groups * size;
        float[] rewards = Problem.gaussians(new Random(8), count, 5);
        rewards[17] = NAN;
        long[] lengths = new Random(9).longs(count, 1, 500).toArray();
        // Member j of group g goes to place j * groups + g.
        int[] from = IntStream.range(0, count)
                .map(place -> place % groups * size + place / groups)
                .toArray();
        float[] torn = new float[count];
        long[] tornLengths = Arrays.stream(from).mapToLong(i -> lengths[i]).toArray();
        long[] ids = Arrays.stream(from).mapToLong(i -> 100 - i / size).toArray();
        for (int place = 0; place < count; place++) {
            torn[place] = rewards[from[place]];
        }
        for (Backend backend : HostBackends.ALL) {
            float[] together = estimator
                    .compute(Rewards.of(rewards).groupSize(size).lengths(lengths), backend)
                    .advantages();
            View apart = View.allocate(DType.F32, count);
            estimator.compute(Rewards.of(torn).groupIds(ids).lengths(tornLengths), apart, backend);
            float[] byId = apart.toFloatArray();
            for (int place = 0; place < count; place++) {
                assertThat(byId[place]).isEqualTo(together[from[place]]);
            }
        }
    }
}
