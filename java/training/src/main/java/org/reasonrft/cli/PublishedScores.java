package org.reasonrft.cli;

import java.util.List;

/** The paper's table for Qwen2-VL-2B (Tan et al. 2025, table 1), in percent. */
final class PublishedScores {
    private PublishedScores() {}

    /** Names of the paper's test sets of a task, in distribution first. */
    static List<String> sets(ReasonRftTask task) {
        return switch (task) {
            case VISUAL_COUNTING -> List.of("CLEVR-Math", "Super-CLEVR D", "Super-CLEVR M");
            case STRUCTURE_PERCEPTION -> List.of("GeoMath", "Geometry3K");
            case SPATIAL_TRANSFORMATION -> List.of("TRANCE", "TRANCE left", "TRANCE right");
        };
    }

    /** One score for each of {@link #sets}; none for what the paper does not report. */
    static List<Double> of(ReasonRftTask task, Contender contender) {
        return switch (task) {
            case VISUAL_COUNTING ->
                switch (contender) {
                    case ZERO_SHOT -> List.of(82.40, 42.67, 0.00);
                    case ANS_SFT -> List.of(96.20, 51.07, 5.20);
                    case COT_SFT -> List.of(85.50, 49.73, 36.80);
                    case ZERO -> List.of(98.40, 58.00, 5.20);
                    case PHASE_1 -> List.of();
                    case REASON_RFT -> List.of(96.80, 60.00, 28.40);
                };
            case STRUCTURE_PERCEPTION ->
                switch (contender) {
                    case ZERO_SHOT -> List.of(25.86, 20.63);
                    case ANS_SFT -> List.of(51.34, 22.50);
                    case COT_SFT -> List.of(43.05, 25.25);
                    case ZERO -> List.of(47.68, 32.50);
                    case PHASE_1 -> List.of();
                    case REASON_RFT -> List.of(49.03, 33.13);
                };
            case SPATIAL_TRANSFORMATION ->
                switch (contender) {
                    case ZERO_SHOT -> List.of(3.78, 4.60, 4.67);
                    case ANS_SFT -> List.of(77.39, 49.24, 50.33);
                    case COT_SFT -> List.of(64.37, 43.19, 42.86);
                    case ZERO -> List.of(42.13, 34.07, 33.41);
                    case PHASE_1 -> List.of();
                    case REASON_RFT -> List.of(74.61, 64.05, 64.08);
                };
        };
    }
}
