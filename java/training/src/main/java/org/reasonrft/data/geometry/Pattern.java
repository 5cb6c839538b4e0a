package org.reasonrft.data.geometry;

import java.util.function.Function;

/**
 * A way to make problems.
 *
 * @param kind of its problems
 * @param level of its problems
 * @param make draws the numbers, or gives null if they do not suit
 */
record Pattern(Kind kind, int level, Function<Numbers, Problem> make) {}
