package org.reasonrft.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.reasonrft.data.BadRecords;
import org.reasonrft.eval.EvaluationOptions;
import org.reasonrft.eval.Scorer;
import org.reasonrft.rollout.GenerationOptions;
import org.reasonrft.run.Default;
import org.reasonrft.train.ParameterType;

/**
 * What {@code eval} was asked for; kept in its output folder.
 *
 * @param model checkpoint
 * @param data record files by split
 * @param imageRoot folder that picture paths are relative to; null: that of each record file
 * @param prompt name of a shipped prompt, or path of one
 * @param maxSamples first questions of each split only; 0: all
 * @param samples completions per question
 * @param passAt the k of each pass@k
 * @param scorer null: that of the task
 * @param dtype type of the parameters and activations
 * @param minPixels smallest area of a picture; null: as in the checkpoint
 * @param maxPixels largest area of a picture; null: as in the checkpoint
 */
record EvaluationSettings(
        Path model,
        Map<String, Path> data,
        @Default("null") Path imageRoot,
        @Default("fail") BadRecords onBadRecord,
        @Default("visual-counting") String prompt,
        @Default("0") int maxSamples,
        @Default("1") int samples,
        @Default("[]") List<Integer> passAt,
        @Default("null") Scorer scorer,
        @Default("float32") ParameterType dtype,
        @Default("512") int maxCompletionLength,
        @Default("0") float temperature,
        @Default("0") int topK,
        @Default("1") float topP,
        @Default("0") float minP,
        @Default("1") float repetitionPenalty,
        @Default("0") long seed,
        @Default("null") Long minPixels,
        @Default("null") Long maxPixels) {
    EvaluationSettings {
        data = new LinkedHashMap<>(data);
        passAt = List.copyOf(passAt);
    }

    EvaluationOptions options(int batchSize) {
        return new EvaluationOptions(generation(), samples, batchSize, scorer);
    }

    private GenerationOptions generation() {
        return new GenerationOptions(maxCompletionLength, temperature, topK, topP, minP, seed)
                .withRepetitionPenalty(repetitionPenalty);
    }

    Decoding decoding() {
        return new Decoding(generation(), minPixels, maxPixels);
    }

    Answering.PixelBounds pixelBounds() {
        return new Answering.PixelBounds(minPixels, maxPixels);
    }

    /** What an answer and its scores depend on beside model, data and prompt, by the name of the option. */
    Map<String, Object> decisive() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("--max-samples", maxSamples);
        values.put("--samples", samples);
        values.put("--scorer", scorer == null ? "that of the task" : scorer.label());
        values.put("--dtype", dtype.name().toLowerCase(Locale.ROOT));
        values.put("--max-completion-length", maxCompletionLength);
        values.put("--temperature", temperature);
        values.put("--top-k", topK);
        values.put("--top-p", topP);
        values.put("--min-p", minP);
        values.put("--repetition-penalty", repetitionPenalty);
        values.put("--seed", seed);
        values.put("--min-pixels", minPixels == null ? "that of the checkpoint" : minPixels);
        values.put("--max-pixels", maxPixels == null ? "that of the checkpoint" : maxPixels);
        return values;
    }
}
