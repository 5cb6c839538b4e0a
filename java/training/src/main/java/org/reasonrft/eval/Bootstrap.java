package org.reasonrft.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Percentile bootstrap (Efron 1979): questions are drawn with replacement, as many as there are, and the interval is
 * where the middle 95 % of the means of such draws lie. All completions of a question are drawn together. The
 * intervals cover which questions were asked, not what another seed of training or sampling would change.
 */
public final class Bootstrap {
    /** Enough that another seed moves the ends of an interval by a twentieth of its width. */
    public static final int RESAMPLES = 2000;

    private static final double TAIL = 0.025;

    private final int resamples;
    private final long seed;

    /**
     * @param resamples draws, at least 40: fewer have no 2.5 % at the ends
     * @param seed the same seed gives the same intervals
     */
    public Bootstrap(int resamples, long seed) {
        if (resamples < 40) {
            throw new IllegalArgumentException("resamples: got " + resamples + ", wanted at least 40");
        }
        this.resamples = resamples;
        this.seed = seed;
    }

    /**
     * Means of several measures over the same questions, each draw used for all of them.
     *
     * @param measures one value per question each, at least one question
     */
    public List<Estimate> means(List<double[]> measures) {
        return stratified(measures.stream().map(List::of).toList(), new double[] {1});
    }

    /**
     * Weighted averages of the means of several sets of questions. Questions are drawn within each set.
     *
     * @param measures for each measure one array per set, with one value per question; the sets are the same for all
     * @param weights of the sets, summing to 1
     */
    public List<Estimate> stratified(List<List<double[]>> measures, double[] weights) {
        check(measures, weights);
        List<Estimate> estimates = new ArrayList<>();
        if (measures.isEmpty()) {
            return estimates;
        }
        double[][] draws = new double[measures.size()][resamples];
        SplittableRandom random = new SplittableRandom(seed);
        double[] sums = new double[measures.size()];
        for (int draw = 0; draw < resamples; draw++) {
            for (int set = 0; set < weights.length; set++) {
                int questions = measures.get(0).get(set).length;
                Arrays.fill(sums, 0);
                for (int i = 0; i < questions; i++) {
                    int question = random.nextInt(questions);
                    for (int measure = 0; measure < sums.length; measure++) {
                        sums[measure] += measures.get(measure).get(set)[question];
                    }
                }
                for (int measure = 0; measure < sums.length; measure++) {
                    draws[measure][draw] += weights[set] * sums[measure] / questions;
                }
            }
        }
        for (int measure = 0; measure < draws.length; measure++) {
            double value = 0;
            for (int set = 0; set < weights.length; set++) {
                value += weights[set]
                        * Arrays.stream(measures.get(measure).get(set)).sum()
                        / measures.get(measure).get(set).length;
            }
            Arrays.sort(draws[measure]);
            estimates.add(new Estimate(value, quantile(draws[measure], TAIL), quantile(draws[measure], 1 - TAIL)));
        }
        return estimates;
    }

    private static void check(List<List<double[]>> measures, double[] weights) {
        for (List<double[]> sets : measures) {
            if (sets.size() != weights.length) {
                throw new IllegalArgumentException(
                        "measures: got " + sets.size() + " sets, wanted one per weight: " + weights.length);
            }
            for (int set = 0; set < weights.length; set++) {
                int questions = sets.get(set).length;
                if (questions == 0 || questions != measures.get(0).get(set).length) {
                    throw new IllegalArgumentException("measures: got " + questions + " questions in set " + set
                            + ", wanted at least 1 and as many in each measure");
                }
            }
        }
    }

    /** Between the two nearest order statistics, linearly. */
    private static double quantile(double[] sorted, double share) {
        double at = share * (sorted.length - 1);
        int below = (int) at;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }
}
