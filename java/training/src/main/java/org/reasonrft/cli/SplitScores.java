package org.reasonrft.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.reasonrft.eval.Evaluation;
import org.reasonrft.run.RunException;
import org.reasonrft.run.RunOutput;

/**
 * How a model did on a split.
 *
 * @param scores of each question, 0 to 1, in the order of the data
 * @param format share of completions in the asked format
 * @param tokens mean length of a completion
 */
record SplitScores(double[] scores, double format, double tokens) {
    private static final ObjectMapper JSON = new ObjectMapper();

    static SplitScores of(Evaluation evaluation) {
        return new SplitScores(
                evaluation.predictions().stream()
                        .mapToDouble(prediction -> prediction.first().score(evaluation.scorer()))
                        .toArray(),
                evaluation.format(),
                evaluation.meanLength());
    }

    /** Writes those of all splits, by their names. */
    static void write(Path file, Map<String, SplitScores> bySplit) {
        try {
            RunOutput.writeFile(file, JSON.writeValueAsString(bySplit) + "\n");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("scores have no JSON form", e);
        }
    }

    /** @throws RunException if the file cannot be read */
    static Map<String, SplitScores> read(Path file) {
        try {
            return JSON.readValue(file.toFile(), new TypeReference<LinkedHashMap<String, SplitScores>>() {});
        } catch (IOException e) {
            throw RunException.of("read", file, e);
        }
    }
}
