package org.reasonrft.data.geometry;

import java.util.ArrayList;
import java.util.List;

/**
 * What somebody sees in a figure, and what follows from it.
 *
 * @param shape what the figure is, for example {@code isosceles triangle}
 * @param positions where each given part lies and, last, the asked one, for example {@code at the apex}
 * @param equations the calculation
 * @param answer its result
 */
record Reading(String shape, List<String> positions, List<String> equations, Amount answer) {
    Reading(String shape, Working working, String... positions) {
        this(shape, List.of(positions), working.equations(), working.answer());
    }

    /** The same with the known parts in another order. */
    Reading reordered(List<Integer> order) {
        List<String> moved = new ArrayList<>();
        order.forEach(part -> moved.add(positions.get(part)));
        moved.add(askedPosition());
        return new Reading(shape, moved, equations, answer);
    }

    /** Where the asked part lies. */
    String askedPosition() {
        return positions.get(positions.size() - 1);
    }
}
