package org.reasonrft.data.scene;

/** What is painted on the ground, by place in units of length. */
final class GroundPattern {
    private static final double STRIPE = 0.9;
    private static final double CHECK = 1.5;
    private static final double LINE_HALF_WIDTH = 0.03;
    private static final double LINE_STRENGTH = 0.45;

    private GroundPattern() {}

    /** How much of the second colour shows, 0 or 1. */
    static double secondShare(Ground ground, double x, double y) {
        return switch (ground.pattern()) {
            case PLAIN -> 0;
            case STRIPES -> (long) Math.floor((x + 0.5 * y) / STRIPE) & 1;
            case CHECKS -> (long) Math.floor(x / CHECK) + (long) Math.floor(y / CHECK) & 1;
        };
    }

    /** How strongly the line around the field shows. */
    static double line(Ground ground, double x, double y) {
        if (ground.field() == 0) {
            return 0;
        }
        double edge = Math.max(Math.abs(x), Math.abs(y)) - ground.field() * SceneObject.GRID;
        return Math.abs(edge) <= LINE_HALF_WIDTH ? LINE_STRENGTH : 0;
    }

    /** Whether the line runs within a distance of the point. */
    static boolean nearLine(Ground ground, double x, double y, double within) {
        if (ground.field() == 0) {
            return false;
        }
        double edge = Math.max(Math.abs(x), Math.abs(y)) - ground.field() * SceneObject.GRID;
        return Math.abs(edge) <= LINE_HALF_WIDTH + within;
    }
}
