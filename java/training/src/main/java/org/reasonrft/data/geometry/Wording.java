package org.reasonrft.data.geometry;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.StringJoiner;

/** Puts problems into words: questions, choices and chains of thought. */
final class Wording {
    private static final String LETTERS = "ABCD";
    private static final String AS_SHOWN = "As shown in the figure, ";
    /** What may be said of a figure without giving the answer away: not how many corners it has, nor where its centre is. */
    private static final Set<String> NEUTRAL_NOUNS = Set.of("triangle", "quadrilateral");

    private final Problem problem;
    private final Showing showing;

    Wording(Problem problem, Showing showing) {
        this.problem = problem;
        this.showing = showing;
    }

    /**
     * The question.
     *
     * @param familiar whether in the words of training
     * @param asking one of two ways of asking otherwise
     */
    String question(boolean familiar, boolean asking) {
        String known = known(familiar);
        String asked = name(problem.asked(), Look.ASKED);
        if (familiar) {
            return (known.isEmpty() ? AS_SHOWN + subject() + "find " : known + " Find ") + asked + ".";
        }
        return (known.isEmpty() ? "" : known + " ") + ask(showing.unknown() ? "x" : asked, asking);
    }

    /** One of two ways of asking for a part. */
    static String ask(String part, boolean asking) {
        return asking ? "What is " + part + "?" : "Find " + part + ".";
    }

    /**
     * The values that a question tells, as a sentence; empty where the figure shows all of them.
     *
     * @param familiar whether in the words of training
     */
    String known(boolean familiar) {
        StringJoiner values = new StringJoiner(familiar ? " and " : ", ");
        for (int i = 0; i < problem.givens().size(); i++) {
            Problem.Given given = problem.givens().get(i);
            if (tells(given)) {
                String unit = given.quantity() instanceof Quantity.Angle ? "°" : "";
                values.add(name(given.quantity(), i)
                        + (showing.named() && !(given.quantity() instanceof Quantity.Whole) ? " = " : " is ")
                        + given.amount().text()
                        + unit);
            }
        }
        if (values.length() == 0) {
            return "";
        }
        String sentence = subject() + values + ".";
        return familiar ? AS_SHOWN + sentence : upper(sentence);
    }

    /** Whether a question has this value in its text. */
    boolean tells(Problem.Given given) {
        return showing.valuesInText() || given.quantity() instanceof Quantity.Whole;
    }

    /** For example "in triangle ABC, ". */
    private String subject() {
        boolean told = problem.asked() instanceof Quantity.Whole || !NEUTRAL_NOUNS.contains(problem.noun());
        return !showing.named() || told ? "" : "in " + problem.noun() + " " + showing.letters(problem.letters()) + ", ";
    }

    private static String upper(String text) {
        return text.isEmpty() ? text : text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
    }

    /** For example " Choices: A: 40, B: 50, C: 70, D: 140." */
    static String choices(List<Amount> options) {
        StringJoiner text = new StringJoiner(", ", " Choices: ", ".");
        for (int i = 0; i < options.size(); i++) {
            text.add(LETTERS.charAt(i) + ": " + options.get(i).text());
        }
        return text.toString();
    }

    /** The letter of an option. */
    static String letter(int option) {
        return LETTERS.substring(option, option + 1);
    }

    /**
     * The way to the answer: what is seen, part by part, a colon, then the calculation. For example
     *
     * <pre>isosceles triangle, red at the apex 40, blue at the base: 180-40=140, 140/2=70</pre>
     *
     * @param reading the figure as somebody sees it
     */
    String chainOfThought(Reading reading) {
        List<String> clauses = new ArrayList<>();
        clauses.add(reading.shape());
        for (int i = 0; i < problem.givens().size(); i++) {
            Problem.Given given = problem.givens().get(i);
            clauses.add(clause(given.quantity(), i, reading.positions().get(i)) + " "
                    + given.amount().text());
        }
        clauses.add(clause(problem.asked(), Look.ASKED, reading.askedPosition()));
        return String.join(", ", clauses) + ": " + String.join(", ", reading.equations());
    }

    /** A part and where it lies, for example {@code red at the apex} or {@code angle BAC at the apex}. */
    String clause(Quantity part, int role, String position) {
        return shortName(part, role) + " " + position;
    }

    /** A part as a question names it. */
    String name(Quantity part, int role) {
        if (part instanceof Quantity.Whole whole) {
            return "the " + whole.word() + " of the "
                    + (problem.figure().outline().isEmpty() ? "circle" : "figure");
        }
        if (showing.named()) {
            return shortName(part, role);
        }
        return "the " + Look.ROLE_WORDS.get(role) + (part instanceof Quantity.Angle ? " angle" : " line");
    }

    private String shortName(Quantity part, int role) {
        if (part instanceof Quantity.Whole whole) {
            return whole.word();
        }
        if (!showing.named()) {
            return Look.ROLE_WORDS.get(role);
        }
        if (part instanceof Quantity.Angle angle) {
            return "angle "
                    + (problem.figure().directions(angle.vertex()) == 2
                            ? showing.letter(angle.vertex())
                            : showing.letters("" + angle.from() + angle.vertex() + angle.to()));
        }
        Quantity.Length length = (Quantity.Length) part;
        return showing.letters("" + length.from() + length.to());
    }
}
