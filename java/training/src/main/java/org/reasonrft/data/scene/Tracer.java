package org.reasonrft.data.scene;

/**
 * Follows rays through a scene. One tracer serves one thread.
 *
 * <p>Matte surfaces are lit by the lamps and the sky (Lambert, with a broad weak highlight). Metal mirrors what its
 * surface faces, tinted, once. Glass is refracted into and out of, darkened by the way inside, and mirrors at grazing
 * angles (Schlick's approximation). What a mirror or a glass shows of a second mirror or glass is simplified.
 */
final class Tracer {
    private static final double GLASS_INDEX = 1.3;
    private static final double SHADOW_OF_GLASS = 0.62;
    private static final int DEEPEST = 2;

    private final Solid[] solids;
    private final Scene scene;
    private final Light light;
    private final double[][] albedo;
    private final double[] groundFirst;
    private final double[] groundSecond;
    private final Hit hit = new Hit();
    private final Hit shadowHit = new Hit();
    private final double[] shadow = new double[3];
    private final Solid[] shadowing;
    /** Linear RGB by depth of reflection, so that following a ray allocates nothing. */
    private final double[][] reflected = new double[DEEPEST + 1][3];

    private final double[][] transmitted = new double[DEEPEST + 1][3];

    Tracer(Scene scene) {
        this.scene = scene;
        light = new Light(scene);
        solids = new Solid[scene.objects().size()];
        shadowing = new Solid[solids.length];
        albedo = new double[solids.length][];
        for (int i = 0; i < solids.length; i++) {
            solids[i] = Solid.of(scene.objects().get(i), i);
            albedo[i] = ToneCurve.linear(scene.objects().get(i).color().rgb());
        }
        groundFirst = ToneCurve.linear(scene.ground().first());
        groundSecond = ToneCurve.linear(scene.ground().second());
    }

    /** The nearest solid on the ray from o along the unit vector d; what is returned is valid until the next call. */
    Hit nearest(double ox, double oy, double oz, double dx, double dy, double dz) {
        hit.clear();
        for (Solid solid : solids) {
            solid.intersect(ox, oy, oz, dx, dy, dz, hit);
        }
        return hit;
    }

    /** The solids in the order of the scene's objects. */
    Solid[] solids() {
        return solids;
    }

    /**
     * Adds the light that comes along a ray.
     *
     * @param rays how many shadow rays the nearest surface sends
     * @param firstPoint which point of the lamp the first goes to
     * @param rgb receives linear red, green, blue
     */
    void trace(
            double ox, double oy, double oz, double dx, double dy, double dz, int rays, int firstPoint, double[] rgb) {
        follow(ox, oy, oz, dx, dy, dz, rays, firstPoint, 0, rgb);
    }

    private void follow(
            double ox,
            double oy,
            double oz,
            double dx,
            double dy,
            double dz,
            int rays,
            int firstPoint,
            int depth,
            double[] rgb) {
        Hit nearest = nearest(ox, oy, oz, dx, dy, dz);
        if (nearest.solid == null) {
            if (dz < -1e-4) {
                double distance = -oz / dz;
                ground(ox + distance * dx, oy + distance * dy, rays, firstPoint, rgb);
            } else {
                double sky = light.sky(dx, dy, dz);
                rgb[0] += sky;
                rgb[1] += sky;
                rgb[2] += sky;
            }
            return;
        }
        Solid solid = nearest.solid;
        solid.complete(ox, oy, oz, dx, dy, dz, nearest);
        double x = nearest.x;
        double y = nearest.y;
        double z = nearest.z;
        double nx = nearest.normalX;
        double ny = nearest.normalY;
        double nz = nearest.normalZ;
        double cosine = -(dx * nx + dy * ny + dz * nz);
        if (cosine < 0) {
            // A rounded edge seen from behind: as if seen edge on.
            cosine = 0;
        }
        ObjectMaterial material = solid.object.material();
        lamp(x, y, z, nx, ny, nz, solid, rays, firstPoint);
        double[] color = albedo[solid.index];
        double diffuse = material == ObjectMaterial.RUBBER ? 0.92 : material == ObjectMaterial.METAL ? 0.16 : 0.34;
        double keyCosine = Math.max(0, nx * light.keyX + ny * light.keyY + nz * light.keyZ);
        double sky = light.ambient * (0.62 + 0.38 * nz) * contact(x, y, z, nz, solid);
        double fill = light.fill * light.fillCosine(nx, ny, nz);
        double gloss = highlight(dx, dy, dz, nx, ny, nz, material);
        for (int c = 0; c < 3; c++) {
            double key = light.key * shadow[c];
            rgb[c] += diffuse * color[c] * (key * 1.35 * keyCosine + fill + sky) + key * gloss;
        }
        if (material == ObjectMaterial.RUBBER) {
            return;
        }
        double grazing = 1 - cosine;
        double grazing5 = grazing * grazing * grazing * grazing * grazing;
        if (depth >= DEEPEST) {
            double about = 0.55 * light.ambient;
            for (int c = 0; c < 3; c++) {
                rgb[c] += color[c] * about;
            }
            return;
        }
        double[] mirror = reflected[depth];
        mirror[0] = mirror[1] = mirror[2] = 0;
        double twice = 2 * cosine;
        double rx = dx + twice * nx;
        double ry = dy + twice * ny;
        double rz = dz + twice * nz;
        double lift = 1e-4;
        // Shadows in mirrors are sharp: one ray.
        follow(x + lift * nx, y + lift * ny, z + lift * nz, rx, ry, rz, 1, firstPoint, depth + 1, mirror);
        if (material == ObjectMaterial.METAL) {
            for (int c = 0; c < 3; c++) {
                double tint = color[c] + (1 - color[c]) * (0.03 + 0.6 * grazing5);
                rgb[c] += tint * mirror[c];
            }
            return;
        }
        double fresnel = 0.06 + 0.94 * grazing5;
        double[] through = transmitted[depth];
        through[0] = through[1] = through[2] = 0;
        double way = refract(solid, x, y, z, dx, dy, dz, nx, ny, nz, cosine, firstPoint, depth, through);
        for (int c = 0; c < 3; c++) {
            // Beer's law, as a power that needs no logarithm: the colour at one radius, squared at two.
            double clear = 0.06 + 0.94 * color[c];
            double share = clear / (clear + (1 - clear) * Math.max(0.15, way / solid.radius) * 0.8);
            rgb[c] += (1 - fresnel) * 0.9 * share * through[c] + fresnel * mirror[c];
        }
    }

    /** Follows a ray through glass and out again; returns the length of its way inside. */
    private double refract(
            Solid solid,
            double x,
            double y,
            double z,
            double dx,
            double dy,
            double dz,
            double nx,
            double ny,
            double nz,
            double cosine,
            int firstPoint,
            int depth,
            double[] rgb) {
        double ratio = 1 / GLASS_INDEX;
        double inside = Math.sqrt(1 - ratio * ratio * (1 - cosine * cosine));
        double bend = ratio * cosine - inside;
        double ix = ratio * dx + bend * nx;
        double iy = ratio * dy + bend * ny;
        double iz = ratio * dz + bend * nz;
        double step = 1e-4;
        hit.clear();
        solid.intersect(x - step * nx, y - step * ny, z - step * nz, ix, iy, iz, hit);
        double way = hit.solid == null ? 0 : hit.distance;
        double ex = ix;
        double ey = iy;
        double ez = iz;
        double px = x + (way + step) * ix;
        double py = y + (way + step) * iy;
        double pz = z + (way + step) * iz;
        if (hit.solid != null) {
            solid.complete(x - step * nx, y - step * ny, z - step * nz, ix, iy, iz, hit);
            double out = ix * hit.normalX + iy * hit.normalY + iz * hit.normalZ;
            double rest = 1 - GLASS_INDEX * GLASS_INDEX * (1 - out * out);
            // Where light would be reflected inside, it leaves unbent: a second way inside costs more than it shows.
            if (out > 0 && rest > 0) {
                double turn = Math.sqrt(rest) - GLASS_INDEX * out;
                ex = GLASS_INDEX * ix + turn * hit.normalX;
                ey = GLASS_INDEX * iy + turn * hit.normalY;
                ez = GLASS_INDEX * iz + turn * hit.normalZ;
            }
            px = hit.x + step * hit.normalX;
            py = hit.y + step * hit.normalY;
            pz = hit.z + step * hit.normalZ;
        }
        if (pz <= 0) {
            // Out through the bottom: the ground right there, lit through the glass.
            pz = 1e-6;
            ez = Math.min(ez, -0.01);
        }
        follow(px, py, pz, ex, ey, ez, 1, firstPoint, depth + 1, rgb);
        return way;
    }

    private double highlight(
            double dx, double dy, double dz, double nx, double ny, double nz, ObjectMaterial material) {
        double hx = light.keyX - dx;
        double hy = light.keyY - dy;
        double hz = light.keyZ - dz;
        double cosine = (hx * nx + hy * ny + hz * nz) / Math.sqrt(hx * hx + hy * hy + hz * hz);
        if (cosine <= 0) {
            return 0;
        }
        double power = cosine * cosine;
        power *= power;
        power *= power;
        power *= power;
        if (material == ObjectMaterial.RUBBER) {
            return 0.10 * power;
        }
        power *= power;
        power *= power;
        power *= power;
        return 1.1 * power;
    }

    private void ground(double x, double y, int rays, int firstPoint, double[] rgb) {
        lamp(x, y, 0, 0, 0, 1, null, rays, firstPoint);
        double away = x * x + y * y;
        // The lamp's circle of light fades outwards, and the far ground goes over into the sky.
        double falloff = 1 / (1 + away * 0.006);
        double lx = light.lampX - x;
        double ly = light.lampY - y;
        double cosine = light.lampZ / Math.sqrt(lx * lx + ly * ly + light.lampZ * light.lampZ);
        double sky = light.ambient * contact(x, y, 0, 1, null) + light.fill * 0.6;
        double second = GroundPattern.secondShare(scene.ground(), x, y);
        double line = GroundPattern.line(scene.ground(), x, y);
        for (int c = 0; c < 3; c++) {
            double color = groundFirst[c] + (groundSecond[c] - groundFirst[c]) * second;
            color += (0.95 - color) * line;
            rgb[c] += color * (light.key * 1.15 * cosine * shadow[c] + sky) * (0.35 + 0.65 * falloff);
        }
    }

    /**
     * How open the sky is above a point, 0 to 1: each neighbour's ball hides what it covers of the half sphere around
     * the normal, less near the horizon. This darkens the ground where objects stand on it.
     */
    private double contact(double x, double y, double z, double nz, Solid self) {
        double open = 1;
        for (Solid solid : solids) {
            if (solid == self) {
                continue;
            }
            double dx = solid.centreX - x;
            double dy = solid.centreY - y;
            double dz = solid.boundZ - z;
            double squared = dx * dx + dy * dy + dz * dz;
            double size = solid.radius * solid.radius * (solid.object.material() == ObjectMaterial.GLASS ? 0.4 : 0.75);
            if (squared > 36 * size) {
                continue;
            }
            double rise = self == null ? Math.max(0.1, dz / Math.sqrt(squared)) : 0.5;
            open *= 1 - Math.min(0.85, rise * size / squared);
        }
        if (self != null) {
            // The lower parts of an object see ground in shade.
            open *= 0.6 + 0.4 * Math.min(1, z / self.radius + Math.max(0, nz));
        }
        return open;
    }

    /** Sets {@link #shadow} to the share of the lamp, by colour, that reaches the point. */
    private void lamp(
            double x, double y, double z, double nx, double ny, double nz, Solid self, int rays, int firstPoint) {
        shadow[0] = shadow[1] = shadow[2] = 1;
        double lx = light.lampX - x;
        double ly = light.lampY - y;
        double lz = light.lampZ - z;
        double length = Math.sqrt(lx * lx + ly * ly + lz * lz);
        int candidates = 0;
        for (Solid solid : solids) {
            if (solid == self && !solid.shadowsItself()) {
                continue;
            }
            double cx = solid.centreX - x;
            double cy = solid.centreY - y;
            double cz = solid.boundZ - z;
            double along = (cx * lx + cy * ly + cz * lz) / length;
            if (along < -solid.boundRadius) {
                continue;
            }
            double away = cx * cx + cy * cy + cz * cz - along * along;
            double reach = solid.boundRadius + light.lampRadius * Math.max(0, along) / length + 0.02;
            if (away < reach * reach) {
                shadowing[candidates++] = solid;
            }
        }
        if (candidates == 0) {
            return;
        }
        double lift = 1e-3;
        double ox = x + lift * nx;
        double oy = y + lift * ny;
        double oz = z + lift * nz;
        double red = 0;
        double green = 0;
        double blue = 0;
        for (int ray = 0; ray < rays; ray++) {
            int point = 3 * ((firstPoint + ray) % Light.POINTS);
            double dx = light.points[point] - ox;
            double dy = light.points[point + 1] - oy;
            double dz = light.points[point + 2] - oz;
            double distance = Math.sqrt(dx * dx + dy * dy + dz * dz);
            dx /= distance;
            dy /= distance;
            dz /= distance;
            double r = 1;
            double g = 1;
            double b = 1;
            for (int i = 0; i < candidates && r + g + b > 0; i++) {
                shadowHit.clear();
                shadowing[i].intersect(ox, oy, oz, dx, dy, dz, shadowHit);
                if (shadowHit.solid == null) {
                    continue;
                }
                if (shadowing[i].object.material() == ObjectMaterial.GLASS) {
                    double[] tint = albedo[shadowing[i].index];
                    r *= SHADOW_OF_GLASS * (0.3 + 0.7 * tint[0]);
                    g *= SHADOW_OF_GLASS * (0.3 + 0.7 * tint[1]);
                    b *= SHADOW_OF_GLASS * (0.3 + 0.7 * tint[2]);
                } else {
                    r = g = b = 0;
                }
            }
            red += r;
            green += g;
            blue += b;
        }
        shadow[0] = red / rays;
        shadow[1] = green / rays;
        shadow[2] = blue / rays;
    }
}
