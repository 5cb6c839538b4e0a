package org.reasonrft.data.geometry;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.reasonrft.data.Sample;
import org.reasonrft.data.generated.RenderedSample;
import org.reasonrft.data.generated.SeededRandom;
import org.reasonrft.data.generated.Split;
import org.reasonrft.data.generated.Split.Purpose;
import org.reasonrft.data.generated.TaskGenerator;

/**
 * Makes plane-geometry problems with figures in true proportions.
 *
 * <p>Each record carries {@code type} (the kind of problem), {@code level} (1 to 3) and {@code form} ({@code choice} or
 * {@code number}); captions carry their type alone. Kinds are equally frequent, and half of the problems are choices.
 *
 * <p>Questions never say what kind of figure it is. "Triangle ABC has the angle A = 40°, find angle B" has one answer if
 * the figure marks a right angle, others for equal sides with A at the apex or at the base; lengths 6 and 8 give 10, 14
 * or 2 as the legs of a right triangle, the parts of a line, or the whole and a part. So the text leaves the answer open,
 * and the figure's shape, its marks and the place of each part decide.
 *
 * <p>Guessers without eyes, measured on 2,000 test questions after 5,000 training questions: the commonest answer of a kind
 * and form scores 17 to 19 %; the commonest answer to the very same text (letters renamed in order of appearance, choices
 * that are not offered left out) 49 % at level 1 and 44 % up to level 3 in pictures with colours, 73 % and 59 % with
 * letters and values in the text, 22 % with values in the figure alone.
 */
public final class GeometryGenerator implements TaskGenerator {
    private static final int MOST_TRIES = 1000;
    private static final String FAMILIAR_LETTERS = "ABCDEFGHMNPQ";
    private static final String SHIFTED_LETTERS = "JKLRSTUVWXYZ";

    private final GeometrySpec spec;
    private final Map<Kind, List<Pattern>> patterns;

    public GeometryGenerator(GeometrySpec spec) {
        this.spec = spec;
        patterns = Patterns.upTo(spec.level(), spec.kinds());
    }

    /** A problem with its drawing, before it is put into words. */
    private record Posed(Problem problem, Look look, Showing showing, Drawing drawing) {}

    /** All of a sample but the pixels. */
    record Composed(Sample sample, Problem problem, Showing showing, Drawing drawing) {}

    @Override
    public RenderedSample render(Split split, long seed, int index) {
        Composed composed = compose(split, seed, index);
        return new RenderedSample(composed.sample(), List.of(composed.drawing().paint()));
    }

    Composed compose(Split split, long seed, int index) {
        String id = RenderedSample.id(split.label(), index);
        SeededRandom random = SeededRandom.of(seed, split.label(), index);
        Posed posed = pose(split, random);
        Sample sample =
                split.isCaptions() ? caption(id, posed, random) : question(id, split, posed, random, seed, index);
        return new Composed(sample, posed.problem(), posed.showing(), posed.drawing());
    }

    private Posed pose(Split split, SeededRandom random) {
        boolean shifted = split.purpose() == Purpose.SHIFT || split.isCaptions() && random.chance(0.5);
        Pattern pattern = random.pick(patterns.get(random.pick(List.copyOf(patterns.keySet()))));
        for (int attempt = 0; attempt < MOST_TRIES; attempt++) {
            Problem drawn = pattern.make().apply(new Numbers(random));
            if (drawn == null) {
                continue;
            }
            Problem problem = drawn.shuffled(random);
            Look look = shifted ? Look.shifted(random) : Look.familiar(random);
            Showing showing = showing(problem, shifted, random);
            Optional<Drawing> drawing = FigureDrawing.draw(problem, look, showing, spec.pictureSize());
            if (drawing.isPresent()) {
                return new Posed(problem, look, showing, drawing.get());
            }
        }
        throw new IllegalStateException("no figure for " + pattern.kind() + " of level " + pattern.level()
                + " fits into " + spec.pictureSize() + " pixels");
    }

    private Showing showing(Problem problem, boolean shifted, SeededRandom random) {
        if (!spec.named()) {
            return new Showing(Map.of(), true, false, false);
        }
        GeometrySpec.Values values =
                spec.values() != null ? spec.values() : shifted ? GeometrySpec.Values.FIGURE : GeometrySpec.Values.BOTH;
        List<Character> pool = new ArrayList<>();
        (shifted ? SHIFTED_LETTERS : FAMILIAR_LETTERS).chars().forEach(letter -> pool.add((char) letter));
        Map<Character, Character> letters = new HashMap<>();
        for (char own : problem.figure().points().keySet()) {
            letters.put(own, pool.remove(random.between(0, pool.size() - 1)));
        }
        boolean inFigure = values != GeometrySpec.Values.TEXT;
        return new Showing(
                letters,
                values != GeometrySpec.Values.FIGURE,
                inFigure,
                inFigure && shifted && !(problem.asked() instanceof Quantity.Whole));
    }

    private static Sample caption(String id, Posed posed, SeededRandom random) {
        FigureCaptions.Caption caption = new FigureCaptions(posed.problem(), posed.showing()).sample(random);
        return new Sample(
                id,
                RenderedSample.imagePaths(id, 1),
                caption.problem(),
                caption.answer(),
                null,
                Map.of("type", caption.type()));
    }

    private Sample question(String id, Split split, Posed posed, SeededRandom random, long seed, int index) {
        Problem problem = posed.problem();
        Wording wording = new Wording(problem, posed.showing());
        boolean choice = random.chance(0.5);
        String text = wording.question(split.purpose() != Purpose.SHIFT, random.chance(0.5));
        List<Amount> options = Mistakes.options(problem, random);
        // A stream of its own: how often the teacher errs changes neither figures nor questions.
        boolean careless = split.purpose() == Purpose.CHAINS
                && SeededRandom.of(seed, "teacher", index).chance(spec.overlooking());
        Reading reading = careless ? problem.misread().orElse(problem.truth()) : problem.truth();
        String chain = wording.chainOfThought(reading);
        String answer = reading.answer().text();
        if (choice) {
            text += Wording.choices(options);
            answer = Wording.letter(options.indexOf(reading.answer()));
            chain += " so " + answer;
        }
        Map<String, Object> extras = new LinkedHashMap<>();
        extras.put("type", problem.kind().toString());
        extras.put("level", problem.level());
        extras.put("form", choice ? "choice" : "number");
        return new Sample(id, RenderedSample.imagePaths(id, 1), text, answer, chain, extras);
    }
}
