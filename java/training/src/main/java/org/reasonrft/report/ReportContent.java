package org.reasonrft.report;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.reasonrft.run.PredictionLine;

/**
 * What a report is about.
 *
 * @param title      heading
 * @param outcome    what was learnt, in one or two sentences of plain text; may be empty
 * @param runs       the runs in the order to show them; may be empty
 * @param evaluation how the models did; null when they were not evaluated
 * @param answers    questions with everything that one model wrote about them; may be empty
 */
public record ReportContent(
        String title, String outcome, List<Run> runs, EvaluationSummary evaluation, List<Answers> answers) {
    public ReportContent {
        Objects.requireNonNull(title, "title");
        Objects.requireNonNull(outcome, "outcome");
        runs = List.copyOf(runs);
        answers = List.copyOf(answers);
        Set<String> names = new HashSet<>();
        for (Run run : runs) {
            if (run.after() != null && !names.contains(run.after())) {
                throw new IllegalArgumentException("runs: " + run.name() + " comes after " + run.after()
                        + ", which is not one of the runs before it: " + names);
            }
            if (!names.add(run.name())) {
                throw new IllegalArgumentException("runs: two are named " + run.name());
            }
        }
        if (runs.isEmpty() && evaluation == null) {
            throw new IllegalArgumentException("runs: none given, and no evaluation; there is nothing to report");
        }
    }

    /** A report without single answers. */
    public ReportContent(String title, String outcome, List<Run> runs, EvaluationSummary evaluation) {
        this(title, outcome, runs, evaluation, List.of());
    }

    /**
     * Questions of a split with a model's answers.
     *
     * @param split     name to show
     * @param questions those to show, in the order of the split
     * @param of        how many there are in all
     */
    public record Answers(String split, List<PredictionLine> questions, int of) {
        public Answers {
            Objects.requireNonNull(split, "split");
            questions = List.copyOf(questions);
        }
    }

    /**
     * A run.
     *
     * @param name   short and unique; the name of its model in the evaluation summary
     * @param label  name to show
     * @param folder its run folder
     * @param after  name of the run whose model it started from; null where that is none of these
     */
    public record Run(String name, String label, Path folder, String after) {
        public Run {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(label, "label");
            Objects.requireNonNull(folder, "folder");
        }
    }
}
