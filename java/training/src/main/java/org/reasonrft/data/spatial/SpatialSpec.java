package org.reasonrft.data.spatial;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import org.reasonrft.data.generated.SpecCheck;

/**
 * What scenes and changes are like.
 *
 * @param width of the pictures in pixels, 32 to 2048
 * @param height of the pictures in pixels, 32 to 2048, at least half and at most twice the width
 * @param minObjects fewest objects in a scene, from 1 to {@code maxObjects}
 * @param maxObjects most objects in a scene, at most 10
 * @param maxChanges most functions in an answer, 1 to 4; each number from 1 is as likely
 * @param functions which functions occur, at least one
 * @param vary attributes in which the objects of a scene differ, named by their functions; those of the others are all
 *     alike: medium, red, rubber, cube. Not {@link TransformationFunction#CHANGE_POSITION}: no two share a place
 * @param field half the side, in grid units, of the square that objects stand in, 10 to 40. A move is 10 or 20 units
 * @param grid objects stand at multiples of this many grid units: 1, 2, 5 or 10
 * @param overlooking probability, 0 to 1, with which the teacher of the chains overlooks a change of an object that is
 *     dark (gray, brown, green or purple) at first; where nothing would be left to tell, it is misread instead
 */
public record SpatialSpec(
        int width,
        int height,
        int minObjects,
        int maxObjects,
        int maxChanges,
        Set<TransformationFunction> functions,
        Set<TransformationFunction> vary,
        int field,
        int grid,
        double overlooking) {
    /** TRANCE's picture size, objects, functions and field; a teacher who sees everything. */
    public static final SpatialSpec TRANCE = new SpatialSpec(
            320,
            240,
            1,
            10,
            4,
            EnumSet.allOf(TransformationFunction.class),
            EnumSet.complementOf(EnumSet.of(TransformationFunction.CHANGE_POSITION)),
            20,
            1,
            0);

    /** @throws IllegalArgumentException if a value is out of range or the values do not fit together */
    public SpatialSpec {
        SpecCheck.pictureSize(width, height);
        SpecCheck.objects(minObjects, maxObjects, 10);
        SpecCheck.require(maxChanges >= 1 && maxChanges <= 4, "maxChanges", maxChanges, "1 to 4");
        SpecCheck.require(!functions.isEmpty(), "functions", functions, "at least one");
        functions = Collections.unmodifiableSet(EnumSet.copyOf(functions));
        SpecCheck.require(
                !vary.isEmpty() && !vary.contains(TransformationFunction.CHANGE_POSITION),
                "vary",
                vary,
                "some of size, color, material, shape");
        vary = Collections.unmodifiableSet(EnumSet.copyOf(vary));
        SpecCheck.require(field >= 10 && field <= 40, "field", field, "10 to 40");
        SpecCheck.require(grid == 1 || grid == 2 || grid == 5 || grid == 10, "grid", grid, "1, 2, 5 or 10");
        SpecCheck.overlooking(overlooking);
        SpecCheck.require(
                maxChanges <= minObjects * functions.size(),
                "maxChanges",
                maxChanges,
                "at most " + minObjects * functions.size() + ", one change of each function for each of " + minObjects
                        + " objects");
        int kinds = 1;
        for (TransformationFunction function : vary) {
            kinds *= function.choices().size();
        }
        SpecCheck.require(
                maxObjects <= kinds,
                "maxObjects",
                maxObjects,
                "at most " + kinds + ", as many as differ in what --vary names");
    }

    /** The same with another teacher. */
    public SpatialSpec withOverlooking(double probability) {
        return new SpatialSpec(
                width, height, minObjects, maxObjects, maxChanges, functions, vary, field, grid, probability);
    }
}
