package org.reasonrft.data.scene;

/**
 * Whether pictures show their objects well enough to be asked about: each lies wholly within the picture, at least
 * {@value #SHARE} of it are not hidden, and what is seen of it are at least {@value #FEWEST_PIXELS} pixels and
 * {@value #AREA} of the picture. Large pictures are checked on smaller buffers.
 */
public final class VisibilityCheck {
    /** Share of an object that must be seen. */
    public static final double SHARE = 0.6;

    /** Fewest pixels of an object that must be seen. */
    public static final int FEWEST_PIXELS = 12;

    /** Share of the picture that an object must fill. */
    public static final double AREA = 0.0008;

    private static final int CHECKED_WIDTH = 128;

    private final Camera[] cameras = new Camera[Viewpoint.values().length];
    private final int fewestPixels;

    /**
     * @param field half the side of the field in grid units
     * @param width of the pictures in pixels
     * @param height of the pictures in pixels
     */
    public VisibilityCheck(int field, int width, int height) {
        int checked = Math.min(CHECKED_WIDTH, width);
        for (Viewpoint viewpoint : Viewpoint.values()) {
            cameras[viewpoint.ordinal()] = new Camera(viewpoint, field, checked, Math.max(1, height * checked / width));
        }
        double wanted = Math.max(FEWEST_PIXELS, AREA * width * height);
        fewestPixels = (int) Math.ceil(wanted * checked * checked / ((double) width * width));
    }

    /** Whether the camera shows every object of the scene. */
    public boolean passes(Scene scene, Viewpoint viewpoint) {
        return Visibility.of(scene, cameras[viewpoint.ordinal()]).showsAll(fewestPixels, SHARE);
    }
}
