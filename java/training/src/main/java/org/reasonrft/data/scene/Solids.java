package org.reasonrft.data.scene;

/** The shapes, each in its own frame: radius 1, standing on z = 0. */
final class Solids {
    private Solids() {}

    static final class Cube extends Solid {
        private static final double HALF = 0.7071067811865476;

        Cube(SceneObject object, int index) {
            super(object, index, HALF, 1.2248);
        }

        @Override
        double distance(double ox, double oy, double oz, double dx, double dy, double dz) {
            double near = Double.NEGATIVE_INFINITY;
            double far = Double.POSITIVE_INFINITY;
            for (int axis = 0; axis < 3; axis++) {
                double o = axis == 0 ? ox : axis == 1 ? oy : oz - HALF;
                double d = axis == 0 ? dx : axis == 1 ? dy : dz;
                if (d == 0) {
                    if (Math.abs(o) > HALF) {
                        return Double.POSITIVE_INFINITY;
                    }
                    continue;
                }
                double one = (-HALF - o) / d;
                double other = (HALF - o) / d;
                near = Math.max(near, Math.min(one, other));
                far = Math.min(far, Math.max(one, other));
            }
            return first(near, far);
        }

        @Override
        void normal(double x, double y, double z, Hit hit) {
            hit.normalX = overEdge(x / HALF);
            hit.normalY = overEdge(y / HALF);
            hit.normalZ = overEdge(z / HALF - 1);
        }
    }

    static final class Sphere extends Solid {
        Sphere(SceneObject object, int index) {
            super(object, index, 1, 1);
        }

        @Override
        double distance(double ox, double oy, double oz, double dx, double dy, double dz) {
            double z = oz - 1;
            double a = dx * dx + dy * dy + dz * dz;
            double b = ox * dx + oy * dy + z * dz;
            double c = ox * ox + oy * oy + z * z - 1;
            double root = b * b - a * c;
            if (root < 0) {
                return Double.POSITIVE_INFINITY;
            }
            root = Math.sqrt(root);
            return first((-b - root) / a, (-b + root) / a);
        }

        @Override
        void normal(double x, double y, double z, Hit hit) {
            hit.normalX = x;
            hit.normalY = y;
            hit.normalZ = z - 1;
        }
    }

    static final class Cylinder extends Solid {
        Cylinder(SceneObject object, int index) {
            super(object, index, 1, 1.4143);
        }

        @Override
        double distance(double ox, double oy, double oz, double dx, double dy, double dz) {
            double near = Double.NEGATIVE_INFINITY;
            double far = Double.POSITIVE_INFINITY;
            if (dz != 0) {
                near = Math.min(-oz / dz, (2 - oz) / dz);
                far = Math.max(-oz / dz, (2 - oz) / dz);
            } else if (oz < 0 || oz > 2) {
                return Double.POSITIVE_INFINITY;
            }
            double a = dx * dx + dy * dy;
            double b = ox * dx + oy * dy;
            double c = ox * ox + oy * oy - 1;
            if (a == 0) {
                return c > 0 ? Double.POSITIVE_INFINITY : first(near, far);
            }
            double root = b * b - a * c;
            if (root < 0) {
                return Double.POSITIVE_INFINITY;
            }
            root = Math.sqrt(root);
            return first(Math.max(near, (-b - root) / a), Math.min(far, (-b + root) / a));
        }

        @Override
        void normal(double x, double y, double z, Hit hit) {
            double across = Math.sqrt(x * x + y * y);
            double outwards = overEdge(across);
            hit.normalX = across == 0 ? 0 : outwards * x / across;
            hit.normalY = across == 0 ? 0 : outwards * y / across;
            hit.normalZ = overEdge(z - 1);
        }
    }

    static final class Cone extends Solid {
        private static final double HEIGHT = 2;

        Cone(SceneObject object, int index) {
            super(object, index, 0.75, 1.2501);
        }

        @Override
        double distance(double ox, double oy, double oz, double dx, double dy, double dz) {
            double best = Double.POSITIVE_INFINITY;
            // The side: x^2 + y^2 = ((HEIGHT - z) / HEIGHT)^2.
            double down = (HEIGHT - oz) / HEIGHT;
            double fall = -dz / HEIGHT;
            double a = dx * dx + dy * dy - fall * fall;
            double b = ox * dx + oy * dy - down * fall;
            double c = ox * ox + oy * oy - down * down;
            double root = b * b - a * c;
            if (root >= 0 && a != 0) {
                root = Math.sqrt(root);
                for (int sign = -1; sign <= 1; sign += 2) {
                    double distance = (-b + sign * root) / a;
                    double z = oz + distance * dz;
                    if (distance > EPSILON && distance < best && z >= 0 && z <= HEIGHT) {
                        best = distance;
                    }
                }
            }
            if (dz != 0) {
                double distance = -oz / dz;
                double x = ox + distance * dx;
                double y = oy + distance * dy;
                if (distance > EPSILON && distance < best && x * x + y * y <= 1) {
                    best = distance;
                }
            }
            return best;
        }

        @Override
        void normal(double x, double y, double z, Hit hit) {
            double across = Math.sqrt(x * x + y * y);
            if (z < 1e-6 || across == 0) {
                hit.normalX = 0;
                hit.normalY = 0;
                hit.normalZ = z < 1e-6 ? -1 : 1;
                return;
            }
            hit.normalX = x / across;
            hit.normalY = y / across;
            hit.normalZ = 1 / HEIGHT;
        }
    }

    static final class Pyramid extends Solid {
        private static final double HEIGHT = 1.7;
        /** From the middle of the base to its sides; the corners lie at 1. */
        private static final double HALF = 0.7071067811865476;

        Pyramid(SceneObject object, int index) {
            super(object, index, 0.556, 1.1442);
        }

        @Override
        double distance(double ox, double oy, double oz, double dx, double dy, double dz) {
            double near = Double.NEGATIVE_INFINITY;
            double far = Double.POSITIVE_INFINITY;
            for (int face = 0; face < 5; face++) {
                double outside = outside(face, ox, oy, oz);
                double change = outside(face, dx, dy, dz) - outside(face, 0, 0, 0);
                if (change == 0) {
                    if (outside > 0) {
                        return Double.POSITIVE_INFINITY;
                    }
                } else if (change < 0) {
                    near = Math.max(near, -outside / change);
                } else {
                    far = Math.min(far, -outside / change);
                }
            }
            return first(near, far);
        }

        /** Positive outside the face's plane. */
        private static double outside(int face, double x, double y, double z) {
            if (face == 4) {
                return -z;
            }
            double across = face < 2 ? x : y;
            return ((face & 1) == 0 ? across : -across) - HALF * (1 - z / HEIGHT);
        }

        @Override
        void normal(double x, double y, double z, Hit hit) {
            int nearest = 0;
            for (int face = 1; face < 5; face++) {
                if (outside(face, x, y, z) > outside(nearest, x, y, z)) {
                    nearest = face;
                }
            }
            hit.normalX = nearest == 0 ? 1 : nearest == 1 ? -1 : 0;
            hit.normalY = nearest == 2 ? 1 : nearest == 3 ? -1 : 0;
            hit.normalZ = nearest == 4 ? -1 : HALF / HEIGHT;
        }
    }

    static final class Ring extends Solid {
        private static final double TUBE = 0.33;
        private static final double MAJOR = 1 - TUBE;
        private static final int MOST_STEPS = 64;

        Ring(SceneObject object, int index) {
            super(object, index, TUBE, 1.0001);
        }

        @Override
        boolean shadowsItself() {
            return true;
        }

        /** Walks along the ray by the distance from the surface, within the slab and the ball that hold the ring. */
        @Override
        double distance(double ox, double oy, double oz, double dx, double dy, double dz) {
            double length = Math.sqrt(dx * dx + dy * dy + dz * dz);
            double along = -(ox * dx + oy * dy + (oz - TUBE) * dz) / length;
            double half = 1 - (ox * ox + oy * oy + (oz - TUBE) * (oz - TUBE) - along * along);
            if (half <= 0) {
                return Double.POSITIVE_INFINITY;
            }
            half = Math.sqrt(half);
            double near = along - half;
            double far = along + half;
            if (dz != 0) {
                double bottom = -oz / dz * length;
                double top = (2 * TUBE - oz) / dz * length;
                near = Math.max(near, Math.min(bottom, top));
                far = Math.min(far, Math.max(bottom, top));
            }
            double travelled = Math.max(near, 2e-4);
            double side = 0;
            for (int step = 0; step < MOST_STEPS && travelled < far; step++) {
                double t = travelled / length;
                double away = away(ox + t * dx, oy + t * dy, oz + t * dz);
                if (side == 0) {
                    side = away < 0 ? -1 : 1;
                }
                double forward = side * away;
                if (forward < 3e-4 && step > 0) {
                    return t > EPSILON ? t : Double.POSITIVE_INFINITY;
                }
                travelled += Math.max(forward, 3e-4);
            }
            return Double.POSITIVE_INFINITY;
        }

        private static double away(double x, double y, double z) {
            double across = Math.sqrt(x * x + y * y) - MAJOR;
            double upwards = z - TUBE;
            return Math.sqrt(across * across + upwards * upwards) - TUBE;
        }

        @Override
        void normal(double x, double y, double z, Hit hit) {
            double across = Math.sqrt(x * x + y * y);
            double share = across == 0 ? 0 : (across - MAJOR) / across;
            hit.normalX = x * share;
            hit.normalY = y * share;
            hit.normalZ = z - TUBE;
        }
    }
}
