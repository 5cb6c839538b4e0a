package org.reasonrft.train;

import java.nio.file.Path;
import java.util.Map;
import org.reasonrft.eval.Evaluation;

/**
 * How a run ended.
 *
 * @param steps steps done, over all resumed parts
 * @param complete false when it was asked to stop early; it can be resumed
 * @param checkpoint folder of the newest checkpoint, loadable as a model
 * @param evaluations by split, after the last step; empty when the run was stopped early
 */
public record TrainingResult(long steps, boolean complete, Path checkpoint, Map<String, Evaluation> evaluations) {}
