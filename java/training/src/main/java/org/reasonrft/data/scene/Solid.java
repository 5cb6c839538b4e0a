package org.reasonrft.data.scene;

/**
 * A {@link SceneObject} as geometry. Subclasses work in the object's own frame: standing at the origin, not rotated, of
 * radius 1. Only arithmetic that every machine rounds alike (+ - * / sqrt) is used after construction.
 */
abstract class Solid {
    /** Rays start this far from a surface, in units of length, so as not to meet it again. */
    static final double EPSILON = 1e-5;

    /** Share of the radius over which edges are rounded, for shading alone. */
    static final double BEVEL = 0.07;

    final SceneObject object;
    /** Position in the scene's list. */
    final int index;

    final double centreX;
    final double centreY;
    final double radius;
    /** The ball around the solid stands over the same point at this height. */
    final double boundZ;

    final double boundRadius;
    final double boundSquared;
    private final double cos;
    private final double sin;

    /** @param boundHeight and @param bound the ball around the solid in its own frame */
    Solid(SceneObject object, int index, double boundHeight, double bound) {
        this.object = object;
        this.index = index;
        centreX = object.x() * SceneObject.GRID;
        centreY = object.y() * SceneObject.GRID;
        radius = object.radius();
        boundZ = boundHeight * radius;
        boundRadius = bound * radius;
        boundSquared = boundRadius * boundRadius;
        cos = StrictMath.cos(object.rotation());
        sin = StrictMath.sin(object.rotation());
    }

    static Solid of(SceneObject object, int index) {
        return switch (object.shape()) {
            case CUBE -> new Solids.Cube(object, index);
            case SPHERE -> new Solids.Sphere(object, index);
            case CYLINDER -> new Solids.Cylinder(object, index);
            case CONE -> new Solids.Cone(object, index);
            case PYRAMID -> new Solids.Pyramid(object, index);
            case RING -> new Solids.Ring(object, index);
        };
    }

    /** Whether a ray that leaves the surface outwards can meet the solid again. */
    boolean shadowsItself() {
        return false;
    }

    /** Whether the line may meet the solid in front of its start: the test of the ball. */
    final boolean mayMeet(double ox, double oy, double oz, double dx, double dy, double dz) {
        double x = centreX - ox;
        double y = centreY - oy;
        double z = boundZ - oz;
        double along = x * dx + y * dy + z * dz;
        double squared = x * x + y * y + z * z;
        return squared - along * along <= boundSquared && (along > 0 || squared <= boundSquared);
    }

    /** Replaces the hit if the ray (a unit vector from o) meets this solid nearer than the hit. */
    final void intersect(double ox, double oy, double oz, double dx, double dy, double dz, Hit hit) {
        if (!mayMeet(ox, oy, oz, dx, dy, dz)) {
            return;
        }
        double x = (ox - centreX) / radius;
        double y = (oy - centreY) / radius;
        // The direction shrinks with the frame, so distances stay those of the scene.
        double a = dx / radius;
        double b = dy / radius;
        double distance = distance(
                cos * x + sin * y, cos * y - sin * x, oz / radius, cos * a + sin * b, cos * b - sin * a, dz / radius);
        if (distance < hit.distance) {
            hit.distance = distance;
            hit.solid = this;
        }
    }

    /** Fills in the point and the normal of a hit on this solid. */
    final void complete(double ox, double oy, double oz, double dx, double dy, double dz, Hit hit) {
        hit.x = ox + hit.distance * dx;
        hit.y = oy + hit.distance * dy;
        hit.z = oz + hit.distance * dz;
        double x = (hit.x - centreX) / radius;
        double y = (hit.y - centreY) / radius;
        normal(cos * x + sin * y, cos * y - sin * x, hit.z / radius, hit);
        double a = hit.normalX;
        double b = hit.normalY;
        double length = Math.sqrt(a * a + b * b + hit.normalZ * hit.normalZ);
        hit.normalX = (cos * a - sin * b) / length;
        hit.normalY = (cos * b + sin * a) / length;
        hit.normalZ /= length;
    }

    /** The least distance beyond {@link #EPSILON} at which the ray meets the surface; infinite if it does not. */
    abstract double distance(double ox, double oy, double oz, double dx, double dy, double dz);

    /** Sets the outward normal, of any length, at a point of the surface. */
    abstract void normal(double x, double y, double z, Hit hit);

    /** Of an interval inside a convex solid, the end that a ray meets first. */
    static double first(double near, double far) {
        if (near > far) {
            return Double.POSITIVE_INFINITY;
        }
        return near > EPSILON ? near : far > EPSILON ? far : Double.POSITIVE_INFINITY;
    }

    /** How far a coordinate of a rounded box, 1 at its faces, has gone over the edge: 0 to 1. */
    static double overEdge(double coordinate) {
        double over = (Math.abs(coordinate) - (1 - BEVEL)) / BEVEL;
        return over <= 0 ? 0 : coordinate < 0 ? -over : over;
    }
}
