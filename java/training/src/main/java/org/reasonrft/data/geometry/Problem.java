package org.reasonrft.data.geometry;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.reasonrft.data.generated.SeededRandom;

/**
 * A figure with some values and one that is asked for.
 *
 * @param kind what has to be known
 * @param level 1 for one fact and small round numbers, 2 for two facts, 3 for several
 * @param figure in true proportions, lengths in the units of the values
 * @param noun what a question may call the figure without saying more than it should, for example {@code triangle}
 * @param letters the letters after the noun, for example {@code ABC}
 * @param givens the parts whose values are known
 * @param asked the part whose value is wanted
 * @param truth the right way to see and solve it
 * @param misread how a careless eye sees it; empty where nothing is easily mistaken
 */
record Problem(
        Kind kind,
        int level,
        Figure figure,
        String noun,
        String letters,
        List<Given> givens,
        Quantity asked,
        Reading truth,
        Optional<Reading> misread) {

    /** A known value. */
    record Given(Quantity quantity, Amount amount) {}

    Problem {
        givens = List.copyOf(givens);
        if (truth.positions().size() != givens.size() + 1) {
            throw new IllegalArgumentException(
                    "positions: wanted " + (givens.size() + 1) + " of " + truth.shape() + ", got " + truth.positions());
        }
    }

    /** The same problem with the known values in another order, so that their order tells nothing. */
    Problem shuffled(SeededRandom random) {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < givens.size(); i++) {
            order.add(random.between(0, i), i);
        }
        return new Problem(
                kind,
                level,
                figure,
                noun,
                letters,
                order.stream().map(givens::get).toList(),
                asked,
                truth.reordered(order),
                misread.map(reading -> reading.reordered(order)));
    }

    Amount answer() {
        return truth.answer();
    }

    /** Builds a problem. */
    static final class Draft {
        private final Kind kind;
        private final int level;
        private final Figure figure;
        private final String noun;
        private final String letters;
        private final List<Given> givens = new ArrayList<>();
        private Quantity asked;
        private Reading truth;
        private Reading misread;

        /** @param name noun and letters, for example {@code triangle ABC} */
        Draft(Kind kind, int level, Figure figure, String name) {
            this.kind = kind;
            this.level = level;
            this.figure = figure;
            int space = name.lastIndexOf(' ');
            noun = name.substring(0, space);
            letters = name.substring(space + 1);
        }

        /** @param part see {@link Quantity#of} */
        Draft given(String part, double value) {
            givens.add(new Given(Quantity.of(part), Amount.of(value)));
            return this;
        }

        Draft given(Quantity quantity, Amount amount) {
            givens.add(new Given(quantity, amount));
            return this;
        }

        Draft ask(String part) {
            return ask(Quantity.of(part));
        }

        Draft ask(Quantity quantity) {
            asked = quantity;
            return this;
        }

        /** The right reading. */
        Draft read(String shape, Working working, String... positions) {
            truth = new Reading(shape, working, positions);
            return this;
        }

        /** The careless reading; ignored where it leads to no possible or no other value. */
        Draft misread(String shape, Working working, String... positions) {
            misread = new Reading(shape, working, positions);
            return this;
        }

        Problem problem() {
            boolean possible = misread != null
                    && misread.answer().isRound()
                    && !misread.answer().equals(truth.answer())
                    && !(asked instanceof Quantity.Angle && misread.answer().number() >= 180);
            return new Problem(
                    kind,
                    level,
                    figure,
                    noun,
                    letters,
                    givens,
                    asked,
                    truth,
                    possible ? Optional.of(misread) : Optional.empty());
        }
    }
}
