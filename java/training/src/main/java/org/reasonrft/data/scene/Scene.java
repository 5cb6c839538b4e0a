package org.reasonrft.data.scene;

import java.util.List;
import java.util.Objects;

/**
 * What a picture shows.
 *
 * @param objects at most {@value #MOST_OBJECTS}; their order has no meaning for the picture
 * @param ground what they stand on
 * @param lightAzimuth where the main light comes from, in radians from the x axis towards the y axis
 * @param brightness factor on all light
 */
public record Scene(List<SceneObject> objects, Ground ground, double lightAzimuth, double brightness) {
    /** Bound on the objects of a scene. */
    public static final int MOST_OBJECTS = 100;

    /** @throws IllegalArgumentException if there are too many objects, or a number is out of range */
    public Scene {
        objects = List.copyOf(objects);
        Objects.requireNonNull(ground, "ground");
        if (objects.size() > MOST_OBJECTS) {
            throw new IllegalArgumentException("objects: wanted at most " + MOST_OBJECTS + ", got " + objects.size());
        }
        if (!Double.isFinite(lightAzimuth)) {
            throw new IllegalArgumentException("lightAzimuth: wanted a finite number, got " + lightAzimuth);
        }
        if (!(brightness > 0 && brightness <= 4)) {
            throw new IllegalArgumentException("brightness: wanted above 0 and at most 4, got " + brightness);
        }
    }

    /** The same ground and light with other objects. */
    public Scene with(List<SceneObject> others) {
        return new Scene(others, ground, lightAzimuth, brightness);
    }
}
