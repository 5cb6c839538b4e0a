package org.reasonrft.data.generated;

/** Ranges of what a task is asked for. Messages begin with the name of the argument, from which commands make that of their option. */
public final class SpecCheck {
    private SpecCheck() {}

    /** @throws IllegalArgumentException {@code argument: wanted ..., got ...} unless the condition holds */
    public static void require(boolean holds, String argument, Object value, String wanted) {
        if (!holds) {
            throw new IllegalArgumentException(argument + ": wanted " + wanted + ", got " + value);
        }
    }

    /** Of pictures of scenes: 32 to 2048 pixels each way, neither more than twice the other. */
    public static void pictureSize(int width, int height) {
        require(width >= 32 && width <= 2048, "pictureSize", width, "32 to 2048");
        require(
                height >= 32 && height <= 2048 && height <= 2 * width && width <= 2 * height,
                "pictureHeight",
                height,
                "32 to 2048, at least half and at most twice the width " + width);
    }

    /** @param limit most objects that a scene can hold */
    public static void objects(int minObjects, int maxObjects, int limit) {
        require(minObjects >= 1, "minObjects", minObjects, "at least 1");
        require(
                maxObjects >= minObjects && maxObjects <= limit,
                "maxObjects",
                maxObjects,
                "from minObjects (" + minObjects + ") to " + limit);
    }

    /** Of a teacher who may overlook something. */
    public static void overlooking(double probability) {
        require(probability >= 0 && probability <= 1, "overlooking", probability, "0 to 1");
    }
}
