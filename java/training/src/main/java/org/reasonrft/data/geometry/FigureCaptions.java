package org.reasonrft.data.geometry;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.reasonrft.data.generated.SeededRandom;

/**
 * What a model is pre-trained with that sees, reads and calculates but does not reason. Descriptions of figures have the
 * words of the chains of thought (what the figure is, where each part lies) and name the marks. Beside them stand single
 * equations, with what is left of the equals sign in the question, choices to find a value in, and values to repeat that
 * the text has told: what a language model brings along. Half of all say first what a question about the figure would, in
 * one of two ways. None calculates anything from the figure.
 */
final class FigureCaptions {
    static final String DESCRIBE = "Describe the picture.";
    static final String KIND = "What kind of figure is it?";
    static final String MARKS = "Which marks are there?";
    static final String NO_MARKS = "no marks";

    private final Problem problem;
    private final Showing showing;
    private final Wording wording;

    FigureCaptions(Problem problem, Showing showing) {
        this.problem = problem;
        this.showing = showing;
        wording = new Wording(problem, showing);
    }

    /** What is asked of the picture, and the answer. */
    record Caption(String type, String problem, String answer) {}

    Caption sample(SeededRandom random) {
        String known = random.chance(0.5) ? wording.known(random.chance(0.5)) : "";
        if (known.isEmpty()) {
            return sample(random, false);
        }
        Caption caption = random.chance(0.1) ? repetition(random) : sample(random, true);
        return new Caption(caption.type(), known + " " + caption.problem(), caption.answer());
    }

    /** @param told whether the values that a question tells stand before */
    private Caption sample(SeededRandom random, boolean told) {
        double kind = random.nextDouble();
        if (kind < 0.08) {
            return equation(random);
        }
        if (kind < 0.16) {
            return choice(random);
        }
        if (kind < 0.64) {
            return new Caption("describe", DESCRIBE, description(told));
        }
        if (kind < 0.72) {
            return new Caption("kind", KIND, problem.truth().shape());
        }
        if (kind < 0.8) {
            return new Caption("marks", MARKS, marks());
        }
        List<Integer> visible = visibleParts();
        if (visible.isEmpty()) {
            return new Caption("describe", DESCRIBE, description(told));
        }
        int part = random.pick(visible);
        return new Caption("where", whereProblem(part), position(part));
    }

    /** One of the values that the text before has told. */
    private Caption repetition(SeededRandom random) {
        List<Integer> told = IntStream.range(0, problem.givens().size())
                .filter(i -> wording.tells(problem.givens().get(i)))
                .boxed()
                .toList();
        int part = random.pick(told);
        String name = wording.name(quantity(part), role(part));
        return new Caption(
                "value",
                Wording.ask(name, random.chance(0.5)),
                problem.givens().get(part).amount().text());
    }

    /** An equation of the chain of thought, or a choice where it has none to calculate. */
    private Caption equation(SeededRandom random) {
        List<String> equations = problem.truth().equations().stream()
                .filter(equation -> !equation.startsWith("x="))
                .toList();
        if (equations.isEmpty()) {
            return choice(random);
        }
        String equation = random.pick(equations);
        return new Caption("equation", "Calculate " + equation.substring(0, equation.indexOf('=')) + ".", equation);
    }

    private Caption choice(SeededRandom random) {
        List<Amount> options = Mistakes.options(problem, random);
        Amount wanted = random.pick(options);
        return new Caption(
                "choice",
                "Which is " + wanted.text() + "?" + Wording.choices(options),
                wanted.text() + " so " + Wording.letter(options.indexOf(wanted)));
    }

    /**
     * The figure and every part that can be seen in it.
     *
     * @param told whether the values that a question tells are known
     */
    private String description(boolean told) {
        List<String> clauses = new ArrayList<>();
        clauses.add(problem.truth().shape());
        for (int part : visibleParts()) {
            clauses.add(wording.clause(quantity(part), role(part), position(part)) + value(part, told));
        }
        if (showing.named()) {
            clauses.add(marks());
        }
        return String.join(", ", clauses);
    }

    /** A space and the value of a part, if it is known. */
    private String value(int part, boolean told) {
        if (part == problem.givens().size()) {
            return "";
        }
        Problem.Given given = problem.givens().get(part);
        boolean known = showing.valuesInFigure() || told && wording.tells(given);
        return known ? " " + given.amount().text() : "";
    }

    /** Indices of the parts that are coloured or have a value beside them; the last is the asked one. */
    private List<Integer> visibleParts() {
        List<Integer> parts = new ArrayList<>();
        for (int i = 0; i <= problem.givens().size(); i++) {
            boolean asked = i == problem.givens().size();
            boolean visible = showing.named()
                    ? (asked ? showing.unknown() : showing.valuesInFigure())
                    : !(quantity(i) == Quantity.Whole.PERIMETER);
            if (visible && !(showing.named() && quantity(i) instanceof Quantity.Whole)) {
                parts.add(i);
            }
        }
        return parts;
    }

    private String whereProblem(int part) {
        String name = quantity(part) instanceof Quantity.Whole whole
                ? "the " + whole.word()
                : wording.name(quantity(part), role(part));
        return "Where is " + name + "?";
    }

    private Quantity quantity(int part) {
        return part == problem.givens().size()
                ? problem.asked()
                : problem.givens().get(part).quantity();
    }

    private int role(int part) {
        return part == problem.givens().size() ? Look.ASKED : part;
    }

    private String position(int part) {
        return problem.truth().positions().get(part);
    }

    /** The marks in words, with letters where the picture has them. */
    private String marks() {
        Set<String> texts = new LinkedHashSet<>();
        for (Figure.Mark mark : problem.figure().marks()) {
            if (mark instanceof Figure.RightAngle right) {
                texts.add(showing.named() ? "right angle at " + showing.letter(right.vertex()) : "right angle");
            } else if (mark instanceof Figure.Ticks ticks) {
                texts.add(showing.named() ? joined(ticks) + " equal" : "equal sides");
            } else if (mark instanceof Figure.Arrows arrows) {
                texts.add(showing.named() ? joined(arrows) + " parallel" : "parallel lines");
            } else if (mark instanceof Figure.Arcs) {
                texts.add("equal angles");
            }
        }
        return texts.isEmpty() ? NO_MARKS : String.join(", ", texts);
    }

    /** All lines with as many ticks, for example {@code AB and AC}. */
    private String joined(Figure.Ticks wanted) {
        return String.join(
                " and ",
                problem.figure().marks().stream()
                        .filter(mark -> mark instanceof Figure.Ticks ticks && ticks.count() == wanted.count())
                        .map(Figure.Ticks.class::cast)
                        .map(ticks -> showing.letters("" + ticks.from() + ticks.to()))
                        .toList());
    }

    private String joined(Figure.Arrows wanted) {
        return String.join(
                " and ",
                problem.figure().marks().stream()
                        .filter(mark -> mark instanceof Figure.Arrows arrows && arrows.count() == wanted.count())
                        .map(Figure.Arrows.class::cast)
                        .map(arrows -> showing.letters("" + arrows.from() + arrows.to()))
                        .toList());
    }
}
