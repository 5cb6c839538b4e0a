package org.reasonrft.data.counting;

import static org.reasonrft.data.counting.ObjectColor.BLUE;
import static org.reasonrft.data.counting.ObjectColor.CYAN;
import static org.reasonrft.data.counting.ObjectColor.GREEN;
import static org.reasonrft.data.counting.ObjectColor.PURPLE;
import static org.reasonrft.data.counting.ObjectColor.RED;
import static org.reasonrft.data.counting.ObjectColor.YELLOW;
import static org.reasonrft.data.counting.ObjectShape.CROSS;
import static org.reasonrft.data.counting.ObjectShape.RING;
import static org.reasonrft.data.counting.ObjectShape.SQUARE;
import static org.reasonrft.data.counting.ObjectShape.TRIANGLE;

import java.util.Map;

/**
 * The 6 of 24 colour-shape pairs that the training domain never shows: one per colour, one or two per shape, so that
 * every colour and every shape by itself is familiar.
 */
final class HeldOutPairs {
    private static final Map<ObjectColor, ObjectShape> SHAPE_OF_COLOR =
            Map.of(RED, SQUARE, GREEN, TRIANGLE, BLUE, CROSS, YELLOW, RING, PURPLE, SQUARE, CYAN, TRIANGLE);

    private HeldOutPairs() {}

    static boolean contains(ObjectColor color, ObjectShape shape) {
        return SHAPE_OF_COLOR.get(color) == shape;
    }
}
