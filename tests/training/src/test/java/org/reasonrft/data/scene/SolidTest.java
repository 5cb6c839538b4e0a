package org.reasonrft.data.scene;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.reasonrft.data.generated.SeededRandom;

/** Solids against their definition as sets of points, walked through in small steps. */
class SolidTest {
    private static final double STEP = 2e-3;

    /** Whether a point lies in the solid of radius 1 that stands at the origin, straight from the shape's description. */
    private static boolean inside(ObjectShape shape, double x, double y, double z) {
        double across = Math.hypot(x, y);
        double half = Math.sqrt(0.5);
        return switch (shape) {
            case CUBE -> Math.abs(x) <= half && Math.abs(y) <= half && z >= 0 && z <= 2 * half;
            case SPHERE -> across * across + (z - 1) * (z - 1) <= 1;
            case CYLINDER -> across <= 1 && z >= 0 && z <= 2;
            case CONE -> z >= 0 && z <= 2 && across <= 1 - z / 2;
            case PYRAMID -> z >= 0 && z <= 1.7 && Math.max(Math.abs(x), Math.abs(y)) <= half * (1 - z / 1.7);
            case RING -> Math.hypot(across - 0.67, z - 0.33) <= 0.33;
        };
    }

    @ParameterizedTest
    @EnumSource
    void raysMeetTheSolidWhereAWalkEntersIt(ObjectShape shape) {
        double turn = 0.4;
        double radius = 0.8;
        SceneObject object =
                new SceneObject(shape, ObjectSize.LARGE, ObjectColor.RED, ObjectMaterial.RUBBER, radius, 4, -6, turn);
        Solid solid = Solid.of(object, 3);
        SeededRandom random = new SeededRandom(shape.ordinal());
        Hit hit = new Hit();
        int met = 0;
        for (int ray = 0; ray < 400; ray++) {
            double[] from = {random.between(-4.0, 4.0), random.between(-4.0, 4.0), random.between(0.0, 5.0)};
            double[] to = {0.6 + random.between(-0.9, 0.9), -0.9 + random.between(-0.9, 0.9), random.between(0.0, 1.6)};
            double[] d = {to[0] - from[0], to[1] - from[1], to[2] - from[2]};
            double length = Math.sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
            double walked = walk(shape, from, d, length, turn, radius);
            hit.clear();
            solid.intersect(from[0], from[1], from[2], d[0] / length, d[1] / length, d[2] / length, hit);
            String what = String.format(Locale.ROOT, "%s ray %d", shape, ray);
            if (walked < 0) {
                // A walk steps over what is thinner than a step: a hit there is a graze.
                if (hit.solid != null) {
                    assertThat(grazes(shape, from, d, length, hit.distance, turn, radius))
                            .as(what)
                            .isTrue();
                }
                continue;
            }
            if (walked == 0) {
                continue;
            }
            met++;
            assertThat(hit.solid).as(what).isSameAs(solid);
            assertThat(hit.distance).as(what).isCloseTo(walked, within(2 * STEP + 0.01));
            solid.complete(from[0], from[1], from[2], d[0] / length, d[1] / length, d[2] / length, hit);
            assertThat(hit.normalX * hit.normalX + hit.normalY * hit.normalY + hit.normalZ * hit.normalZ)
                    .as(what)
                    .isCloseTo(1, within(1e-9));
            // Outwards: a little along the normal is outside, against it inside; but for points close to an edge.
            double e = 0.03;
            if (inside(shape, turn, radius, hit, -e) && !inside(shape, turn, radius, hit, e)) {
                met++;
            }
        }
        assertThat(met).as("rays that met it, and normals that point outwards").isGreaterThan(250);
    }

    private static boolean inside(ObjectShape shape, double turn, double radius, Hit hit, double along) {
        return inside(
                shape,
                hit.x + along * hit.normalX,
                hit.y + along * hit.normalY,
                hit.z + along * hit.normalZ,
                turn,
                radius);
    }

    private static boolean inside(ObjectShape shape, double x, double y, double z, double turn, double radius) {
        double a = (x - 0.6) / radius;
        double b = (y + 0.9) / radius;
        return inside(
                shape, Math.cos(turn) * a + Math.sin(turn) * b, Math.cos(turn) * b - Math.sin(turn) * a, z / radius);
    }

    /** Distance at which a walk enters; -1 if it does not, 0 if it starts inside. */
    private static double walk(
            ObjectShape shape, double[] from, double[] d, double length, double turn, double radius) {
        for (double t = 0; t < length + 4; t += STEP) {
            double s = t / length;
            if (inside(shape, from[0] + s * d[0], from[1] + s * d[1], from[2] + s * d[2], turn, radius)) {
                return t;
            }
        }
        return -1;
    }

    private static boolean grazes(
            ObjectShape shape, double[] from, double[] d, double length, double distance, double turn, double radius) {
        double s = distance / length;
        for (double dx = -0.02; dx <= 0.02; dx += 0.01) {
            for (double dy = -0.02; dy <= 0.02; dy += 0.01) {
                for (double dz = -0.02; dz <= 0.02; dz += 0.01) {
                    if (inside(
                            shape,
                            from[0] + s * d[0] + dx,
                            from[1] + s * d[1] + dy,
                            from[2] + s * d[2] + dz,
                            turn,
                            radius)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }
}
