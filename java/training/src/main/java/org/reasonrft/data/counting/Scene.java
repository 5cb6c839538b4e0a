package org.reasonrft.data.counting;

import java.util.List;

/**
 * What a picture shows.
 *
 * @param objects in reading order, at most one per cell
 * @param background how the ground is drawn
 * @param brightness factor on all colours, about 1
 * @param noise standard deviation of the pixel noise, of 255
 * @param noiseSeed seed of the pixel noise
 */
public record Scene(List<SceneObject> objects, Background background, double brightness, double noise, long noiseSeed) {
    /** @throws IllegalArgumentException if the objects are not in reading order or share a cell */
    public Scene {
        objects = List.copyOf(objects);
        for (int i = 1; i < objects.size(); i++) {
            if (objects.get(i - 1).cell().compareTo(objects.get(i).cell()) >= 0) {
                throw new IllegalArgumentException("objects: wanted one object per cell in reading order, got "
                        + objects.get(i - 1).cell() + " before "
                        + objects.get(i).cell());
            }
        }
    }
}
