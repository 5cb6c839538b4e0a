package org.reasonrft.data.generated;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.reasonrft.data.Sample;

/**
 * A generated sample in memory.
 *
 * @param sample the record; its image paths are relative to the folder that it may be written to
 * @param pictures what its images show, in their order
 */
public record RenderedSample(Sample sample, List<Picture> pictures) {
    /** Name of the folder of pictures beside the record files. */
    public static final String IMAGES = "images";

    /** @throws IllegalArgumentException if the sample does not name one image for each picture */
    public RenderedSample {
        pictures = List.copyOf(pictures);
        if (sample.images().size() != pictures.size()) {
            throw new IllegalArgumentException("pictures: wanted "
                    + sample.images().size() + " for sample '" + sample.id() + "', got " + pictures.size());
        }
    }

    /**
     * The id of a split's sample, for example {@code train-000042}.
     *
     * @throws IllegalArgumentException if the index is negative
     */
    public static String id(String split, int index) {
        if (index < 0) {
            throw new IllegalArgumentException("index: wanted at least 0, got " + index);
        }
        return String.format(Locale.ROOT, "%s-%06d", split, index);
    }

    /**
     * Where a sample's pictures go: {@code images/<id>.png} for one, {@code images/<id>-<k>.png} with k from 0 for
     * several.
     */
    public static List<Path> imagePaths(String id, int count) {
        List<Path> paths = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            paths.add(Path.of(IMAGES, count == 1 ? id + ".png" : id + "-" + i + ".png"));
        }
        return paths;
    }
}
