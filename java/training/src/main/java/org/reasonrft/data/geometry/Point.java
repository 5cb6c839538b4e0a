package org.reasonrft.data.geometry;

/**
 * A point of the plane. In figures y grows upwards and the unit is that of the problem's lengths; in drawings y grows
 * downwards and the unit is the pixel.
 */
record Point(double x, double y) {
    /** The point that lies {@code length} away in a direction in degrees, counted from the positive x axis. */
    Point away(double degrees, double length) {
        double radians = StrictMath.toRadians(degrees);
        return new Point(x + length * StrictMath.cos(radians), y + length * StrictMath.sin(radians));
    }

    Point plus(Point other) {
        return new Point(x + other.x, y + other.y);
    }

    Point minus(Point other) {
        return new Point(x - other.x, y - other.y);
    }

    Point times(double factor) {
        return new Point(x * factor, y * factor);
    }

    /** The point that divides the way to {@code other}: 0 is this point, 1 the other, 2 beyond it. */
    Point towards(Point other, double share) {
        return new Point(x + (other.x - x) * share, y + (other.y - y) * share);
    }

    double distance(Point other) {
        return minus(other).length();
    }

    double length() {
        return Math.sqrt(x * x + y * y);
    }

    /** The vector of length 1 with this one's direction. */
    Point unit() {
        return times(1 / length());
    }

    /** The vector a quarter turn further. */
    Point normal() {
        return new Point(-y, x);
    }

    /** Direction of the vector in degrees, -180 to 180. */
    double degrees() {
        return StrictMath.toDegrees(StrictMath.atan2(y, x));
    }
}
