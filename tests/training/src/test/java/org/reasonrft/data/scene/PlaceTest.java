package org.reasonrft.data.scene;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.reasonrft.data.generated.SeededRandom;

class PlaceTest {
    private static final SceneObject CUBE =
            new SceneObject(ObjectShape.CUBE, ObjectSize.MEDIUM, ObjectColor.RED, ObjectMaterial.RUBBER, 0.6, 0, 0, 0);

    @ParameterizedTest
    @CsvSource({
        "-20, -20, 20, far left",
        "-7, 7, 20, far right",
        "-6, 6, 20, middle center",
        "7, 0, 20, near center",
        "20, 20, 20, near right",
        "10, -10, 10, near left",
        "0, 10, 10, middle right"
    })
    void ninths(int x, int y, int field, String words) {
        assertThat(Place.of(CUBE.at(x, y), field).words()).isEqualTo(words);
    }

    @Test
    void inReadingOrder() {
        SceneObject near = CUBE.at(20, -20);
        SceneObject farRight = CUBE.at(-20, 20);
        SceneObject farLeft = CUBE.at(-20, -12);
        SceneObject farMoreLeft = CUBE.at(-20, -20);
        assertThat(Place.inOrder(List.of(near, farRight, farLeft, farMoreLeft), 20))
                .containsExactly(farMoreLeft, farLeft, farRight, near);
    }

    @Test
    void placedObjectsKeepTheirDistanceAndTheGrid() {
        Placement placement = new Placement(10, 5);
        SeededRandom random = new SeededRandom(1);
        List<SceneObject> objects = new ArrayList<>();
        SceneObject placed = placement.place(random, CUBE, objects);
        while (placed != null) {
            assertThat(placed.x() % 5).isZero();
            assertThat(placed.y() % 5).isZero();
            assertThat(Math.abs(placed.x())).isLessThanOrEqualTo(10);
            for (SceneObject other : objects) {
                assertThat(Math.hypot(placed.x() - other.x(), placed.y() - other.y()) * 0.15 - 1.2)
                        .isGreaterThanOrEqualTo(Placement.LEAST_GAP);
            }
            objects.add(placed);
            placed = placement.place(random, CUBE, objects);
        }
        assertThat(objects).hasSizeBetween(3, 9);
    }
}
