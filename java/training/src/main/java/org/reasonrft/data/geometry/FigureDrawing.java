package org.reasonrft.data.geometry;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Draws the figure of a problem. With letters it looks as in a school book: black lines, letters at the points and, if
 * wanted, values beside their parts. Without letters the parts that the question is about have colours: sectors for
 * angles, thick lines for lengths, so that small pictures can be asked about.
 */
final class FigureDrawing {
    private final Problem problem;
    private final Look look;
    private final Showing showing;
    private final Drawing drawing;
    private final Placement placement;
    private final Figure figure;
    private final int size;
    private final double lineWidth;
    private final double markSize;
    private final double textHeight;
    private int dimensions;

    private FigureDrawing(Problem problem, Look look, Showing showing, int size) {
        this.problem = problem;
        this.look = look;
        this.showing = showing;
        this.size = size;
        figure = problem.figure();
        drawing = new Drawing(size, look.background());
        textHeight = Math.max(8, 0.052 * size);
        markSize = showing.named() ? Math.max(6, 0.05 * size) : 0.1 * size;
        // Small pictures need thicker lines; 2 % of 64 pixels is 1.3.
        lineWidth = Math.max(1.2, look.lineWidth() * size * Math.max(1, 1 + 2 * (168.0 - size) / 104));
        double margin = showing.named() ? 1.9 * textHeight + 0.02 * size : 0.07 * size;
        double roomForDimension = hasDimension() ? dimensionOffset() + markSize : 0;
        placement = new Placement(figure, look, size, Math.max(margin, roomForDimension));
    }

    /** The drawing, or nothing if parts would be too small to see or a label finds no place. */
    static Optional<Drawing> draw(Problem problem, Look look, Showing showing, int size) {
        FigureDrawing draft = new FigureDrawing(problem, look, showing, size);
        return draft.isReadable() && draft.paint() ? Optional.of(draft.drawing) : Optional.empty();
    }

    private boolean hasDimension() {
        List<Quantity> parts = parts();
        return parts.stream()
                .anyMatch(part -> part instanceof Quantity.Length length
                        && length.dimensioned()
                        && (showing.named()
                                ? showing.valuesInFigure()
                                : parts.stream().anyMatch(other -> overlaps(length, other))));
    }

    /** The known parts and the asked one. */
    private List<Quantity> parts() {
        List<Quantity> parts = new ArrayList<>();
        problem.givens().forEach(given -> parts.add(given.quantity()));
        parts.add(problem.asked());
        return parts;
    }

    private boolean isReadable() {
        for (Quantity part : parts()) {
            if (part instanceof Quantity.Length length
                    && at(length.from()).distance(at(length.to())) < (showing.named() ? 0.1 : 0.11) * size) {
                return false;
            }
            if (part instanceof Quantity.Angle angle && sectorRadius(angle) < (showing.named() ? 0.06 : 0.11) * size) {
                return false;
            }
        }
        return true;
    }

    private boolean paint() {
        fillInside();
        if (!showing.named()) {
            drawSectors();
        }
        drawLines();
        MarkDrawing marks = new MarkDrawing(drawing, placement, look.ink(), lineWidth, markSize);
        figure.marks().stream().filter(Figure.Arcs.class::isInstance).forEach(marks::draw);
        if (!showing.named()) {
            drawLengths();
        }
        figure.marks().stream().filter(mark -> !(mark instanceof Figure.Arcs)).forEach(marks::draw);
        drawDots();
        return !showing.named() || drawLabels();
    }

    private Point at(char letter) {
        return placement.at(letter);
    }

    private void fillInside() {
        boolean areaAsked = problem.asked() == Quantity.Whole.AREA && !showing.named();
        if (!areaAsked && look.tint() < 0) {
            return;
        }
        int rgb = areaAsked ? look.role(Look.ASKED) : look.tint();
        double opacity = areaAsked ? 0.25 : 1;
        if (!figure.outline().isEmpty()) {
            drawing.fill(
                    rgb,
                    opacity,
                    figure.outline().chars().mapToObj(c -> at((char) c)).toList());
        } else {
            for (Figure.Circle circle : figure.circles()) {
                drawing.fill(
                        rgb, opacity, Drawing.arc(at(circle.centre()), circle.radius() * placement.scale(), 0, 360));
            }
        }
    }

    private void drawSectors() {
        List<Quantity> parts = parts();
        for (int i = 0; i < parts.size(); i++) {
            if (parts.get(i) instanceof Quantity.Angle angle) {
                Point vertex = at(angle.vertex());
                List<Point> sector =
                        new ArrayList<>(MarkDrawing.arc(vertex, at(angle.from()), at(angle.to()), sectorRadius(angle)));
                sector.add(vertex);
                drawing.fill(look.role(role(i, parts)), 1, sector);
            }
        }
    }

    private static int role(int index, List<Quantity> parts) {
        return index == parts.size() - 1 ? Look.ASKED : index;
    }

    /** How far the coloured sector or the arc of an angle reaches; acute ones reach further, to be seen as well. */
    private double sectorRadius(Quantity.Angle angle) {
        Point vertex = at(angle.vertex());
        double shortest = Math.min(vertex.distance(at(angle.from())), vertex.distance(at(angle.to())));
        double degrees = degrees(angle);
        double wanted = showing.named() ? 1.7 * markSize : 0.15 * size;
        return Math.min(degrees < 40 ? (showing.named() ? 1.35 : 1.7) * wanted : wanted, 0.6 * shortest);
    }

    private double degrees(Quantity.Angle angle) {
        return Math.abs(MarkDrawing.turn(at(angle.vertex()), at(angle.from()), at(angle.to())));
    }

    private void drawLines() {
        for (Figure.Circle circle : figure.circles()) {
            boolean role = !showing.named() && parts().contains(Quantity.Whole.CIRCUMFERENCE);
            int index = role ? role(parts().indexOf(Quantity.Whole.CIRCUMFERENCE), parts()) : 0;
            drawing.stroke(
                    role ? 1.5 * lineWidth : lineWidth,
                    role ? look.role(index) : look.ink(),
                    List.of(Drawing.arc(at(circle.centre()), circle.radius() * placement.scale(), 0, 360)));
        }
        List<List<Point>> solid = new ArrayList<>();
        for (Figure.Line line : figure.lines()) {
            if (!line.dashed()) {
                solid.add(List.of(at(line.from()), at(line.to())));
            }
        }
        drawing.stroke(lineWidth, look.ink(), solid);
        for (Figure.Line line : figure.lines()) {
            if (line.dashed()) {
                drawing.stroke(lineWidth, look.ink(), dashes(at(line.from()), at(line.to())));
            }
        }
    }

    private List<List<Point>> dashes(Point from, Point to) {
        int count = Math.max(2, (int) Math.rint(from.distance(to) / (3.5 * lineWidth + 0.03 * size)));
        List<List<Point>> dashes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            double start = i / (count - 0.4);
            dashes.add(List.of(from.towards(to, start), from.towards(to, start + 0.6 / (count - 0.4))));
        }
        return dashes;
    }

    private void drawLengths() {
        List<Quantity> parts = parts();
        for (int i = 0; i < parts.size(); i++) {
            if (parts.get(i) instanceof Quantity.Length length) {
                int rgb = look.role(role(i, parts));
                double width = partWidth();
                if (length.dimensioned() && parts.stream().anyMatch(other -> overlaps(length, other))) {
                    drawDimension(length, width, rgb);
                } else {
                    drawing.line(width, rgb, at(length.from()), at(length.to()));
                }
            }
        }
    }

    /** Width of a coloured line. */
    private double partWidth() {
        return Math.max(2.4, 0.036 * size);
    }

    /** How far a dimension line lies from its length, in pixels. */
    private double dimensionOffset() {
        return 0.03 * size + (showing.named() ? lineWidth : 1.4 * partWidth()) + 0.5 * markSize;
    }

    /** Whether another part lies on the same line and shares more than a point with this one. */
    private boolean overlaps(Quantity.Length length, Quantity other) {
        if (length == other || !(other instanceof Quantity.Length second)) {
            return false;
        }
        Point from = figure.at(length.from());
        Point way = figure.at(length.to()).minus(from);
        double[] shares = new double[2];
        int i = 0;
        for (char letter : new char[] {second.from(), second.to()}) {
            Point off = figure.at(letter).minus(from);
            if (Math.abs(way.x() * off.y() - way.y() * off.x()) > 1e-6 * way.length()) {
                return false;
            }
            shares[i++] = (way.x() * off.x() + way.y() * off.y()) / (way.length() * way.length());
        }
        return Math.max(shares[0], shares[1]) > 1e-6 && Math.min(shares[0], shares[1]) < 1 - 1e-6;
    }

    /** The line beside a length that has other points on it. */
    private Point[] drawDimension(Quantity.Length length, double width, int rgb) {
        Point from = at(length.from());
        Point to = at(length.to());
        Point normal = to.minus(from).unit().normal();
        Point middle = from.towards(to, 0.5);
        // Away from the rest of the figure.
        boolean turned = middle.plus(normal).distance(placement.middle()) < middle.distance(placement.middle());
        if (dimensions++ % 2 == 1) {
            turned = !turned;
        }
        Point offset = normal.times((turned ? -1 : 1) * dimensionOffset());
        Point cap = normal.times(0.4 * markSize);
        Point start = from.plus(offset);
        Point end = to.plus(offset);
        drawing.stroke(
                width,
                rgb,
                List.of(
                        List.of(start, end),
                        List.of(start.minus(cap), start.plus(cap)),
                        List.of(end.minus(cap), end.plus(cap))));
        return new Point[] {start, end};
    }

    private void drawDots() {
        Set<Character> dots = figure.dots();
        for (char letter : figure.points().keySet()) {
            if (dots.contains(letter) || look.dots() && figure.isNamed(letter)) {
                drawing.line(Math.min(2.4 * lineWidth, lineWidth + 2), look.ink(), at(letter), at(letter));
            }
        }
    }

    private boolean drawLabels() {
        LabelLayout layout = new LabelLayout(drawing, textHeight, look.writing(), placement.middle());
        List<Quantity> parts = parts();
        List<String> texts = new ArrayList<>();
        for (Problem.Given given : problem.givens()) {
            boolean angle = given.quantity() instanceof Quantity.Angle;
            texts.add(showing.valuesInFigure() ? given.amount().text() + (angle ? "°" : "") : "");
        }
        texts.add(showing.unknown() ? "x" : "");
        // Arcs and dimension lines come before any label, which have to keep off them.
        Point[][] lines = new Point[parts.size()][];
        for (int i = 0; i < parts.size(); i++) {
            if (texts.get(i).isEmpty()) {
                continue;
            }
            if (parts.get(i) instanceof Quantity.Angle angle) {
                drawing.stroke(
                        lineWidth,
                        look.ink(),
                        List.of(MarkDrawing.arc(
                                at(angle.vertex()), at(angle.from()), at(angle.to()), sectorRadius(angle))));
            } else if (parts.get(i) instanceof Quantity.Length length) {
                lines[i] = length.dimensioned()
                        ? drawDimension(length, 0.7 * lineWidth, look.ink())
                        : new Point[] {at(length.from()), at(length.to())};
            }
        }
        boolean placed = true;
        // The narrowest angle has the fewest places.
        List<Integer> angles = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            if (!texts.get(i).isEmpty() && parts.get(i) instanceof Quantity.Angle) {
                angles.add(i);
            }
        }
        angles.sort(Comparator.comparingDouble(i -> degrees((Quantity.Angle) parts.get(i))));
        for (int i : angles) {
            Quantity.Angle angle = (Quantity.Angle) parts.get(i);
            placed &= layout.inAngle(
                    texts.get(i), at(angle.vertex()), at(angle.from()), at(angle.to()), sectorRadius(angle));
        }
        for (char letter : figure.points().keySet()) {
            if (placed && figure.isNamed(letter)) {
                placed = layout.atPoint(showing.letter(letter), at(letter), away(letter));
            }
        }
        for (int i = 0; i < parts.size() && placed; i++) {
            if (lines[i] != null) {
                placed = layout.atLine(texts.get(i), lines[i][0], lines[i][1]);
            }
        }
        return placed;
    }

    /** The direction that the lines at a point leave free. */
    private Point away(char letter) {
        Point point = at(letter);
        Point sum = new Point(0, 0);
        for (Figure.Line line : figure.lines()) {
            Point from = at(line.from());
            Point to = at(line.to());
            if (from.distance(point) + point.distance(to) < from.distance(to) + 1e-6) {
                for (Point end : List.of(from, to)) {
                    sum = end.distance(point) < 1e-6
                            ? sum
                            : sum.minus(end.minus(point).unit());
                }
            }
        }
        return sum.length() < 0.2 ? point.minus(placement.middle()) : sum;
    }
}
