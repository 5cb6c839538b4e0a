package org.reasonrft.eval;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A line of a table of results.
 *
 * @param dimension what questions are told apart by: {@value #ALL}, {@code level}, {@code type}, {@code form} or,
 *     over several splits, {@value #SPLITS}
 * @param group which of them; {@value #UNWEIGHTED} where each group of the dimension counts the same
 * @param questions in the group
 * @param measures by name, in the order to show them
 */
public record ResultRow(String dimension, String group, int questions, Map<String, Estimate> measures) {
    /** The dimension of the row of all questions. */
    public static final String ALL = "all";
    /** The dimension of averages over splits. */
    public static final String SPLITS = "splits";
    /** The group that is the mean of the other groups' means. */
    public static final String UNWEIGHTED = "unweighted average";
    /** The group that is the mean over all questions. */
    public static final String WEIGHTED = "average over questions";

    public ResultRow {
        measures = Collections.unmodifiableMap(new LinkedHashMap<>(measures));
    }
}
