package org.reasonrft.data.scene;

/** Where a camera stands: TRANCE's three, which look at the middle of the field from one height and distance. */
public enum Viewpoint {
    CENTER(0),
    /** An eighth of a turn to the left of the centre camera. */
    LEFT(-Math.PI / 4),
    /** An eighth of a turn to the right of the centre camera. */
    RIGHT(Math.PI / 4);

    private final double azimuth;

    Viewpoint(double azimuth) {
        this.azimuth = azimuth;
    }

    /** Radians from the x axis towards the y axis. */
    double azimuth() {
        return azimuth;
    }
}
