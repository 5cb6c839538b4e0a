package org.reasonrft.data.scene;

/** Where a ray meets a solid first; mutable, so that tracing allocates nothing. */
final class Hit {
    /** The solid, or null if the ray meets none. */
    Solid solid;
    /** Distance along the ray. */
    double distance;

    double x;
    double y;
    double z;
    double normalX;
    double normalY;
    double normalZ;

    void clear() {
        solid = null;
        distance = Double.POSITIVE_INFINITY;
    }
}
