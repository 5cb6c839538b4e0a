package org.reasonrft.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.reasonrft.data.AnswerForm;
import org.reasonrft.data.Sample;
import org.reasonrft.reward.TransformationReward;

/**
 * Everything that is measured of an evaluation, with confidence intervals: over all questions, by the records' {@code
 * level}, {@code type} and {@code form}, and averaged over splits. Records that do not say their level are told apart
 * by the number of functions in the gold answer; those that do not say their form, by whether it is the letter of a
 * choice, where there are any such.
 *
 * <p>Measures are {@code score} (by the evaluation's scorer), the family's other scorers, {@code pass@k} (a
 * completion passes if the scorer finds nothing wrong with it), {@code maj@n} (the score of the elected answer),
 * {@code format}, {@code tokens} and {@code truncated}.
 */
public final class Breakdown {
    /** The measure by the evaluation's own scorer. */
    public static final String SCORE = "score";

    private static final Comparator<String> NUMBERS_FIRST =
            Comparator.<String>comparingDouble(Breakdown::number).thenComparing(Comparator.naturalOrder());

    private final List<Integer> passAt;
    private final Bootstrap bootstrap;

    /** @param passAt the k of each pass@k, none above the number of completions per question; may be empty */
    public Breakdown(List<Integer> passAt, Bootstrap bootstrap) {
        this.passAt = List.copyOf(passAt);
        this.bootstrap = bootstrap;
    }

    /** The rows of one split: all questions, then each group of each dimension that its records have. */
    public List<ResultRow> of(Evaluation evaluation) {
        Map<String, double[]> measures = measures(evaluation);
        List<ResultRow> rows = new ArrayList<>();
        int[] all = IntStream.range(0, evaluation.predictions().size()).toArray();
        rows.add(row(ResultRow.ALL, ResultRow.ALL, measures, List.of(all), new double[] {1}));
        dimensions(evaluation).forEach((dimension, groupOf) -> {
            Map<String, int[]> groups = groups(evaluation, groupOf);
            groups.forEach((group, questions) ->
                    rows.add(row(dimension, group, measures, List.of(questions), new double[] {1})));
            if (groups.size() > 1) {
                rows.add(row(
                        dimension,
                        ResultRow.UNWEIGHTED,
                        measures,
                        List.copyOf(groups.values()),
                        equalWeights(groups.size())));
            }
        });
        return rows;
    }

    /** Averages of the measures that all of several splits have; none for a single split. */
    public List<ResultRow> averages(List<Evaluation> evaluations) {
        if (evaluations.size() < 2) {
            return List.of();
        }
        List<Map<String, double[]>> measures =
                evaluations.stream().map(this::measures).toList();
        List<String> names = measures.get(0).keySet().stream()
                .filter(name -> measures.stream().allMatch(other -> other.containsKey(name)))
                .toList();
        List<List<double[]>> values = names.stream()
                .map(name -> measures.stream().map(split -> split.get(name)).toList())
                .toList();
        int[] sizes = evaluations.stream()
                .mapToInt(evaluation -> evaluation.predictions().size())
                .toArray();
        int questions = Arrays.stream(sizes).sum();
        double[] weights = Arrays.stream(sizes)
                .mapToDouble(size -> size / (double) questions)
                .toArray();
        return List.of(
                row(ResultRow.SPLITS, ResultRow.WEIGHTED, questions, names, bootstrap.stratified(values, weights)),
                row(
                        ResultRow.SPLITS,
                        ResultRow.UNWEIGHTED,
                        questions,
                        names,
                        bootstrap.stratified(values, equalWeights(sizes.length))));
    }

    private ResultRow row(
            String dimension, String group, Map<String, double[]> measures, List<int[]> sets, double[] weights) {
        List<List<double[]>> values = measures.values().stream()
                .map(all -> sets.stream()
                        .map(set -> Arrays.stream(set)
                                .mapToDouble(question -> all[question])
                                .toArray())
                        .toList())
                .toList();
        int questions = sets.stream().mapToInt(set -> set.length).sum();
        return row(dimension, group, questions, List.copyOf(measures.keySet()), bootstrap.stratified(values, weights));
    }

    private static ResultRow row(
            String dimension, String group, int questions, List<String> names, List<Estimate> estimates) {
        Map<String, Estimate> measures = new LinkedHashMap<>();
        for (int i = 0; i < names.size(); i++) {
            measures.put(names.get(i), estimates.get(i));
        }
        return new ResultRow(dimension, group, questions, measures);
    }

    /** One value per question, by the name of the measure. */
    private Map<String, double[]> measures(Evaluation evaluation) {
        Map<String, double[]> measures = new LinkedHashMap<>();
        Scorer scorer = evaluation.scorer();
        for (Scorer each : scorer.family()) {
            measures.put(each == scorer ? SCORE : each.label(), evaluation.perQuestion(attempt -> attempt.score(each)));
        }
        List<Prediction> predictions = evaluation.predictions();
        for (int k : passAt) {
            measures.put(
                    "pass@" + k,
                    predictions.stream()
                            .mapToDouble(prediction -> passes(prediction, scorer, k))
                            .toArray());
        }
        int n = predictions.get(0).attempts().size();
        if (n > 1) {
            measures.put(
                    "maj@" + n,
                    predictions.stream()
                            .mapToDouble(prediction -> MajorityVote.elect(prediction.attempts(), scorer)
                                    .score(scorer))
                            .toArray());
        }
        measures.put("format", evaluation.perQuestion(attempt -> attempt.formatted() ? 1 : 0));
        measures.put("tokens", evaluation.perQuestion(Attempt::tokens));
        measures.put("truncated", evaluation.perQuestion(attempt -> attempt.finished() ? 0 : 1));
        return measures;
    }

    private static double passes(Prediction prediction, Scorer scorer, int k) {
        int right = (int) prediction.attempts().stream()
                .filter(attempt -> attempt.isRight(scorer))
                .count();
        return PassAtK.estimate(prediction.attempts().size(), right, k);
    }

    private static Map<String, Function<Sample, Optional<String>>> dimensions(Evaluation evaluation) {
        boolean choices = evaluation.predictions().stream()
                .anyMatch(prediction -> AnswerForm.of(prediction.sample()) == AnswerForm.CHOICE);
        boolean functions = evaluation.scorer().readsTransformations();
        Map<String, Function<Sample, Optional<String>>> dimensions = new LinkedHashMap<>();
        dimensions.put(
                "level",
                sample ->
                        sample.extra("level").or(() -> functions ? Optional.of(functions(sample)) : Optional.empty()));
        dimensions.put("type", sample -> sample.extra("type"));
        dimensions.put(
                "form",
                sample -> sample.extra("form")
                        .or(() -> choices ? Optional.of(AnswerForm.of(sample).label()) : Optional.empty()));
        return dimensions;
    }

    private static String functions(Sample sample) {
        return Integer.toString(TransformationReward.unique(sample.answer()).size());
    }

    /** Questions by group; those whose record lacks the field are in none. */
    private static Map<String, int[]> groups(Evaluation evaluation, Function<Sample, Optional<String>> groupOf) {
        Map<String, List<Integer>> groups = new TreeMap<>(NUMBERS_FIRST);
        for (int i = 0; i < evaluation.predictions().size(); i++) {
            int question = i;
            groupOf.apply(evaluation.predictions().get(i).sample())
                    .ifPresent(group -> groups.computeIfAbsent(group, key -> new ArrayList<>())
                            .add(question));
        }
        Map<String, int[]> sets = new LinkedHashMap<>();
        groups.forEach((group, questions) ->
                sets.put(group, questions.stream().mapToInt(Integer::intValue).toArray()));
        return sets;
    }

    private static double number(String group) {
        try {
            return Double.parseDouble(group);
        } catch (NumberFormatException e) {
            return Double.POSITIVE_INFINITY;
        }
    }

    private static double[] equalWeights(int count) {
        double[] weights = new double[count];
        Arrays.fill(weights, 1.0 / count);
        return weights;
    }
}
