package org.reasonrft.train;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.reasonrft.run.Default;
import org.reasonrft.run.MustExist;

/**
 * Evaluation by greedy generation while training.
 *
 * @param data record files by split name, for example {@code in_distribution: test/test.json}; may be empty
 * @param imageRoot folder that picture paths are relative to; null: that of each record file
 * @param steps optimizer steps between evaluations; 0: only after the last step
 * @param samples questions per split, the first of the file; 0: all
 * @param batchSize questions generated together
 */
public record EvaluationConfig(
        @Default("{}") @MustExist Map<String, Path> data,
        @Default("null") @MustExist Path imageRoot,
        @Default("0") int steps,
        @Default("0") int samples,
        @Default("64") int batchSize) {
    public EvaluationConfig {
        data = data == null ? Map.of() : new LinkedHashMap<>(data);
        Requirements.atLeast("evaluation.steps", steps, 0);
        Requirements.atLeast("evaluation.samples", samples, 0);
        Requirements.atLeast("evaluation.batch_size", batchSize, 1);
    }
}
