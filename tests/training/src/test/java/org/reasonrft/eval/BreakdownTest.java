package org.reasonrft.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class BreakdownTest {
    private static final Bootstrap BOOTSTRAP = new Bootstrap(200, 1);
    private static final String RIGHT = "<think>x</think> <answer>3</answer>";
    private static final String WRONG = "<answer>4</answer>";

    private static Evaluation counting() {
        return new Evaluation(
                "test",
                Scorer.EQUIVALENCE,
                List.of(
                        Cases.prediction(Scorer.EQUIVALENCE, Cases.sample("3", "level", 2, "type", "b"), RIGHT),
                        Cases.prediction(Scorer.EQUIVALENCE, Cases.sample("3", "level", 10, "type", "a"), WRONG),
                        Cases.prediction(Scorer.EQUIVALENCE, Cases.sample("3", "level", 2, "type", "a"), WRONG),
                        Cases.prediction(Scorer.EQUIVALENCE, Cases.sample("3", "level", 2), RIGHT)));
    }

    private static double value(ResultRow row, String measure) {
        return row.measures().get(measure).value();
    }

    @Test
    void rowsByLevelAndType() {
        List<ResultRow> rows = new Breakdown(List.of(), BOOTSTRAP).of(counting());
        assertThat(rows)
                .extracting(row -> row.dimension() + " " + row.group() + " " + row.questions())
                .containsExactly(
                        "all all 4",
                        "level 2 3",
                        "level 10 1",
                        "level unweighted average 4",
                        "type a 2",
                        "type b 1",
                        "type unweighted average 3");
        assertThat(rows.stream().map(row -> value(row, Breakdown.SCORE)))
                .usingElementComparator((a, b) -> Math.abs(a - b) < 1e-12 ? 0 : 1)
                .containsExactly(0.5, 2 / 3.0, 0.0, 1 / 3.0, 0.0, 1.0, 0.5);
        ResultRow all = rows.get(0);
        assertThat(all.measures())
                .containsOnlyKeys("score", "accuracy", "leading_number", "format", "tokens", "truncated");
        assertThat(value(all, "format")).isEqualTo(0.5);
        assertThat(value(all, "tokens")).isEqualTo((RIGHT.length() + WRONG.length()) / 2.0);
        assertThat(all.measures().get("score").low()).isLessThan(0.5);
        assertThat(all.measures().get("score").high()).isGreaterThan(0.5);
    }

    /** Choice and non-choice questions apart, and the sample-weighted and unweighted average of both. */
    @Test
    void formsOfGeometry() {
        Evaluation geometry = new Evaluation(
                "geo",
                Scorer.EQUIVALENCE,
                List.of(
                        Cases.prediction(Scorer.EQUIVALENCE, Cases.sample("3"), RIGHT),
                        Cases.prediction(Scorer.EQUIVALENCE, Cases.sample("B"), RIGHT),
                        Cases.prediction(Scorer.EQUIVALENCE, Cases.sample("3"), RIGHT)));
        assertThat(new Breakdown(List.of(), BOOTSTRAP).of(geometry))
                .extracting(row -> row.dimension() + " " + row.group() + " " + row.questions() + " "
                        + Math.round(100 * value(row, "score")))
                .containsExactly("all all 3 67", "form choice 1 0", "form open 2 100", "form unweighted average 3 50");
    }

    @Test
    void formsAsTheRecordsNameThem() {
        Evaluation geometry = new Evaluation(
                "geo",
                Scorer.EQUIVALENCE,
                List.of(Cases.prediction(Scorer.EQUIVALENCE, Cases.sample("3", "form", "non_choice"), RIGHT)));
        assertThat(new Breakdown(List.of(), BOOTSTRAP).of(geometry))
                .extracting(ResultRow::group)
                .containsExactly("all", "non_choice");
    }

    @Test
    void levelsOfTransformationsAreTheirFunctions() {
        Evaluation trance = new Evaluation(
                "left",
                Scorer.TRANCE,
                List.of(
                        Cases.prediction(Scorer.TRANCE, Cases.sample("f(1,'a')"), "f(1,'b')"),
                        Cases.prediction(Scorer.TRANCE, Cases.sample("f(1,'a'), g(1,'b')"), "f(1,'a') g(1,'b')")));
        List<ResultRow> rows = new Breakdown(List.of(), BOOTSTRAP).of(trance);
        assertThat(rows)
                .extracting(row -> row.dimension() + " " + row.group() + " " + value(row, "score") + " "
                        + value(row, "trance_match"))
                .containsExactly(
                        "all all 0.75 0.5", "level 1 0.5 0.0", "level 2 1.0 1.0", "level unweighted average 0.75 0.5");
    }

    /** Two of four right: pass@1 1/2, pass@2 5/6; the vote goes to the answer that came twice. */
    @Test
    void severalCompletions() {
        Evaluation sampled = new Evaluation(
                "test",
                Scorer.EQUIVALENCE,
                List.of(Cases.prediction(
                        Scorer.EQUIVALENCE,
                        Cases.sample("3"),
                        WRONG,
                        RIGHT,
                        "<answer>3.0</answer>",
                        "<answer>7</answer>")));
        ResultRow all = new Breakdown(List.of(1, 2, 4), BOOTSTRAP).of(sampled).get(0);
        assertThat(value(all, "score")).isEqualTo(0.5);
        assertThat(value(all, "accuracy")).isEqualTo(0.25);
        assertThat(value(all, "pass@1")).isCloseTo(0.5, within(1e-12));
        assertThat(value(all, "pass@2")).isCloseTo(5 / 6.0, within(1e-12));
        assertThat(value(all, "pass@4")).isEqualTo(1);
        assertThat(value(all, "maj@4")).isEqualTo(1);
    }

    @Test
    void averagesOverSplits() {
        Evaluation one = new Evaluation(
                "one", Scorer.EQUIVALENCE, List.of(Cases.prediction(Scorer.EQUIVALENCE, Cases.sample("3"), WRONG)));
        Breakdown breakdown = new Breakdown(List.of(), BOOTSTRAP);
        assertThat(breakdown.averages(List.of(counting()))).isEmpty();
        assertThat(breakdown.averages(List.of(counting(), one)))
                .extracting(row -> row.group() + " " + row.questions() + " " + value(row, "score"))
                .containsExactly("average over questions 5 0.4", "unweighted average 5 0.25");
        Evaluation trance = new Evaluation(
                "trance",
                Scorer.TRANCE,
                List.of(Cases.prediction(Scorer.TRANCE, Cases.sample("f(1,'a')"), "f(1,'a')")));
        assertThat(breakdown.averages(List.of(counting(), trance)))
                .as("what both have")
                .allSatisfy(
                        row -> assertThat(row.measures()).containsOnlyKeys("score", "format", "tokens", "truncated"));
    }
}
