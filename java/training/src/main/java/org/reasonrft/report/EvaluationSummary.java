package org.reasonrft.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.reasonrft.run.RunException;
import org.reasonrft.run.RunOutput;

/**
 * How several models did on the same questions; a JSON file with these components in snake case.
 *
 * @param splits   the sets of questions, in the order to show them
 * @param models   the models, in the order to show them
 * @param examples the first questions of each split that some models answer rightly and others do not; may be empty
 * @param tables   everything that was measured; may be empty
 */
public record EvaluationSummary(List<Split> splits, List<Model> models, List<Example> examples, List<Table> tables) {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    public EvaluationSummary {
        splits = List.copyOf(present("splits", splits));
        models = List.copyOf(present("models", models));
        examples = examples == null ? List.of() : List.copyOf(examples);
        tables = tables == null ? List.of() : List.copyOf(tables);
        for (Model model : models) {
            for (Split split : splits) {
                Score score = model.scores().get(split.name());
                if (score != null && score.samples() != split.samples()) {
                    throw new IllegalArgumentException("scores: model " + model.name() + " answered " + score.samples()
                            + " questions of split " + split.name() + ", which has " + split.samples());
                }
            }
        }
    }

    /** A summary without tables. */
    public EvaluationSummary(List<Split> splits, List<Model> models, List<Example> examples) {
        this(splits, models, examples, List.of());
    }

    /**
     * The mean score of a model: with the interval that its table has, else, from the single verdicts, with Wilson's.
     *
     * @return null if the model did not answer that split
     */
    Proportion accuracy(Model model, Split split) {
        Score score = model.scores().get(split.name());
        if (score == null) {
            return null;
        }
        Proportion single = Proportion.of(score.right(), score.samples());
        return tables.stream()
                .filter(table ->
                        table.model().equals(model.name()) && split.name().equals(table.split()))
                .flatMap(table -> table.rows().stream().limit(1))
                .map(row -> row.measures().get(Table.SCORE))
                .filter(Objects::nonNull)
                // All wrong or all right: any draw of the questions is too, and the bootstrap's interval has no width.
                .filter(measured -> measured.low() < measured.high() || measured.value() != single.value())
                .findFirst()
                .orElse(single);
    }

    /**
     * What was measured of the answers of a model to a split, or of averages over splits.
     *
     * @param model   name of the model
     * @param split   name of the split; null for averages over all of them
     * @param scorer  what {@value #SCORE} is by
     * @param samples completions per question
     * @param rows    the first is that of all questions
     */
    public record Table(String model, String split, String scorer, int samples, List<Row> rows) {
        /** The measure that counts. */
        static final String SCORE = "score";

        public Table {
            present("model", model);
            present("scorer", scorer);
            rows = List.copyOf(present("rows", rows));
        }
    }

    /**
     * A line of a table.
     *
     * @param dimension what questions are told apart by
     * @param group     which of them
     * @param questions in the group
     * @param measures  means with their intervals, by name
     */
    public record Row(String dimension, String group, int questions, Map<String, Proportion> measures) {
        public Row {
            present("dimension", dimension);
            present("group", group);
            measures = Collections.unmodifiableMap(new LinkedHashMap<>(present("measures", measures)));
        }
    }

    /**
     * A set of questions.
     *
     * @param name     key in {@link Model#scores}
     * @param label    name to show
     * @param samples  number of questions, at least 1
     * @param majority accuracy of always giving the most frequent answer, in [0, 1]; null where unknown
     */
    public record Split(String name, String label, int samples, Double majority) {
        public Split {
            present("name", name);
            present("label", label);
            if (samples < 1) {
                throw new IllegalArgumentException(
                        "samples: got " + samples + " in split " + name + ", wanted at least 1");
            }
        }
    }

    /**
     * A model.
     *
     * @param name   that of the run it came out of, where there is one
     * @param label  name to show
     * @param scores by name of the split
     */
    public record Model(String name, String label, Map<String, Score> scores) {
        public Model {
            present("name", name);
            present("label", label);
            scores = Collections.unmodifiableMap(new LinkedHashMap<>(present("scores", scores)));
        }
    }

    /**
     * The answers of one model to one split.
     *
     * @param correct    one character per question in the order of the data: 1 if its first completion is right, else 0. Kept one by one because two models can be
     *                   told apart much better question by question than by their totals
     * @param formatted  number of completions in the asked format
     * @param meanLength mean tokens of a completion
     * @param truncated  number of completions cut off at the length limit
     */
    public record Score(String correct, int formatted, double meanLength, int truncated) {
        public Score {
            if (!present("correct", correct).matches("[01]+")) {
                throw new IllegalArgumentException("correct: wanted one 0 or 1 per question, got '" + correct + "'");
            }
        }

        int samples() {
            return correct.length();
        }

        int right() {
            return (int) correct.chars().filter(c -> c == '1').count();
        }
    }

    /**
     * A question that several models answered.
     *
     * @param split   name of its split
     * @param image   files of its pictures
     * @param answers by name of the model
     */
    public record Example(
            String split, String question, List<String> image, String answer, Map<String, Answer> answers) {
        public Example {
            image = List.copyOf(present("image", image));
            answers = Collections.unmodifiableMap(new LinkedHashMap<>(present("answers", answers)));
        }
    }

    private static <T> T present(String component, T value) {
        if (value == null) {
            throw new IllegalArgumentException(component + ": is missing");
        }
        return value;
    }

    /** What a model wrote, and whether it earns the accuracy reward. */
    public record Answer(String text, boolean correct) {}

    /**
     * Reads a summary.
     *
     * @throws RunException if the file cannot be read or is no summary
     */
    public static EvaluationSummary read(Path file) {
        try {
            EvaluationSummary summary = JSON.readValue(Files.readAllBytes(file), EvaluationSummary.class);
            if (summary == null) {
                throw new RunException("cannot read evaluation summary " + file + ": it holds null");
            }
            return summary;
        } catch (JsonMappingException e) {
            String problem = e.getCause() instanceof IllegalArgumentException
                    ? e.getCause().getMessage()
                    : e.getOriginalMessage();
            throw new RunException("cannot read evaluation summary " + file + ": " + problem, e);
        } catch (JsonProcessingException e) {
            throw new RunException("cannot read evaluation summary " + file + ": " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw RunException.of("read evaluation summary", file, e);
        }
    }

    /**
     * Writes the summary.
     *
     * @throws RunException if the file cannot be written
     */
    public void write(Path file) {
        try {
            RunOutput.writeFile(file, JSON.writeValueAsString(this) + "\n");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an evaluation summary has no JSON form", e);
        }
    }
}
