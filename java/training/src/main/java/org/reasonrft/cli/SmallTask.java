package org.reasonrft.cli;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.reasonrft.data.counting.CountingGenerator;
import org.reasonrft.data.counting.CountingSpec;
import org.reasonrft.data.counting.CountingSplit;
import org.reasonrft.data.generated.Split;
import org.reasonrft.data.generated.Split.Purpose;
import org.reasonrft.data.generated.TaskGenerator;
import org.reasonrft.data.geometry.GeometryGenerator;
import org.reasonrft.data.geometry.GeometrySpec;
import org.reasonrft.data.geometry.Kind;
import org.reasonrft.data.spatial.SpatialGenerator;
import org.reasonrft.data.spatial.SpatialSpec;
import org.reasonrft.data.spatial.TransformationFunction;
import org.reasonrft.model.FreshCheckpoint;

/**
 * A task as a model of a million parameters can learn it within minutes: small pictures, few objects, short chains of
 * thought.
 *
 * @param generator its samples; the teacher of the chains misses much of what can be missed
 * @param imageMean what the base model measures colours from; null where the base comes with the program
 */
record SmallTask(TaskGenerator generator, List<Double> imageMean) {
    /** How often the teacher misses what can be missed: supervision hands that on, rewards can undo it. */
    private static final double OVERLOOKING = 0.6;

    /**
     * The same where a mistake is a value beside the right one: what is missed in 60 % only, greedy decoding of a
     * supervised model gets right in most.
     */
    private static final double MISREADING = 0.8;

    /** The ground of most figures, a little below white. */
    private static final List<Double> PAPER = List.of(0.95, 0.95, 0.95);

    private static final int PICTURE_SIZE = 64;

    /** Of figures that are easily misread, and whose texts are alike. */
    private static final Set<Kind> KINDS = EnumSet.of(
            Kind.EXTERIOR_ANGLE, Kind.PARALLEL_LINES, Kind.CIRCLE, Kind.INSCRIBED_ANGLE, Kind.THALES, Kind.MIDLINE);

    static SmallTask of(ReasonRftTask task) {
        return switch (task) {
            case VISUAL_COUNTING ->
                new SmallTask(
                        CountingGenerator.family(
                                new CountingSpec(CountingSplit.TRAIN, 1, 0).withOverlooking(OVERLOOKING)),
                        null);
            case STRUCTURE_PERCEPTION ->
                new SmallTask(
                        new GeometryGenerator(
                                new GeometrySpec(KINDS, 1, GeometrySpec.Values.TEXT, PICTURE_SIZE, OVERLOOKING)),
                        PAPER);
            case SPATIAL_TRANSFORMATION ->
                new SmallTask(
                        new SpatialGenerator(new SpatialSpec(
                                PICTURE_SIZE,
                                PICTURE_SIZE,
                                2,
                                2,
                                1,
                                EnumSet.of(
                                        TransformationFunction.CHANGE_COLOR,
                                        TransformationFunction.CHANGE_SHAPE,
                                        TransformationFunction.CHANGE_POSITION),
                                EnumSet.of(TransformationFunction.CHANGE_COLOR, TransformationFunction.CHANGE_SHAPE),
                                10,
                                10,
                                MISREADING)),
                        FreshCheckpoint.CLIP_MEAN);
        };
    }

    /** Splits of questions that models are compared on: in distribution first, then under domain shift. */
    List<Split> compared() {
        return generator.splits().stream()
                .filter(split -> split.purpose() == Purpose.TEST || split.purpose() == Purpose.SHIFT)
                .toList();
    }
}
