package org.reasonrft.data.clevr;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.reasonrft.data.generated.SeededRandom;
import org.reasonrft.data.scene.Ground;
import org.reasonrft.data.scene.ObjectColor;
import org.reasonrft.data.scene.ObjectMaterial;
import org.reasonrft.data.scene.ObjectShape;
import org.reasonrft.data.scene.ObjectSize;
import org.reasonrft.data.scene.Placement;
import org.reasonrft.data.scene.Scene;
import org.reasonrft.data.scene.SceneObject;

/**
 * Draws scenes of a domain. Whether all objects can be seen is left to the caller, who has cheaper reasons to reject.
 */
final class SceneSampler {
    private static final double LARGE_RADIUS = 0.75;
    private static final double SMALL_RADIUS = 0.42;

    /** How much likelier a favourite value is: 0 gives even scenes, the others give high counts. */
    private static final double[] FAVOUR = {0, 0, 2, 6, 24};

    private final ClevrSpec spec;
    private final Placement placement;

    SceneSampler(ClevrSpec spec) {
        this.spec = spec;
        placement = new Placement(spec.field(), 1);
    }

    /** A scene; null if there was no room for its objects. */
    Scene sample(SeededRandom random, boolean shifted) {
        int count = random.between(spec.minObjects(), spec.maxObjects());
        Map<Attribute, double[]> weights = new EnumMap<>(Attribute.class);
        for (Attribute attribute : Attribute.values()) {
            double[] weight = new double[attribute.values(shifted).size()];
            int favourite = random.between(0, weight.length - 1);
            double favour = FAVOUR[random.between(0, FAVOUR.length - 1)];
            for (int i = 0; i < weight.length; i++) {
                weight[i] = 1 + (i == favourite ? favour : 0);
            }
            weights.put(attribute, weight);
        }
        List<SceneObject> objects = new ArrayList<>(count);
        while (objects.size() < count) {
            SceneObject placed = placement.place(random, object(random, shifted, weights), objects);
            if (placed == null) {
                return null;
            }
            objects.add(placed);
        }
        return new Scene(
                objects,
                shifted ? shiftedGround(random) : familiarGround(random),
                random.between(-2.0, 2.0),
                random.between(0.88, 1.12));
    }

    private SceneObject object(SeededRandom random, boolean shifted, Map<Attribute, double[]> weights) {
        Map<Attribute, Enum<?>> values = new EnumMap<>(Attribute.class);
        weights.forEach((attribute, weight) -> {
            List<? extends Enum<?>> choices = attribute.values(shifted);
            values.put(
                    attribute,
                    spec.vary().contains(attribute)
                            ? choices.get(random.weighted(weight))
                            : common(attribute, shifted));
        });
        ObjectSize size = (ObjectSize) values.get(Attribute.SIZE);
        return new SceneObject(
                (ObjectShape) values.get(Attribute.SHAPE),
                size,
                (ObjectColor) values.get(Attribute.COLOR),
                (ObjectMaterial) values.get(Attribute.MATERIAL),
                size == ObjectSize.LARGE ? LARGE_RADIUS : SMALL_RADIUS,
                0,
                0,
                random.between(0.0, Math.PI / 2));
    }

    /** The value of an attribute in which objects do not differ. */
    private static Enum<?> common(Attribute attribute, boolean shifted) {
        return switch (attribute) {
            case SIZE -> ObjectSize.LARGE;
            case COLOR -> shifted ? ObjectColor.ORANGE : ObjectColor.RED;
            case MATERIAL -> ObjectMaterial.RUBBER;
            case SHAPE -> shifted ? ObjectShape.CONE : ObjectShape.CUBE;
        };
    }

    private static Ground familiarGround(SeededRandom random) {
        int gray = gray(random, 0xA4, 0xC2);
        return new Ground(Ground.Pattern.PLAIN, gray, gray, 0);
    }

    private static Ground shiftedGround(SeededRandom random) {
        switch (random.between(0, 2)) {
            case 0:
                int tint = tint(random);
                return new Ground(Ground.Pattern.PLAIN, tint, tint, 0);
            case 1:
                int stripe = random.between(0x80, 0xB8);
                return new Ground(
                        Ground.Pattern.STRIPES,
                        gray(random, stripe, stripe),
                        gray(random, stripe - 24, stripe - 24),
                        0);
            default:
                int check = random.between(0x6C, 0xA4);
                return new Ground(
                        Ground.Pattern.CHECKS, gray(random, check, check), gray(random, check - 20, check - 20), 0);
        }
    }

    /** A gray with a breath of colour. */
    private static int gray(SeededRandom random, int low, int high) {
        int level = random.between(low, high);
        return level + random.between(-4, 4) << 16 | level + random.between(-4, 4) << 8 | level + random.between(-4, 4);
    }

    /** A muted colour, far less saturated than any object but gray ones. */
    private static int tint(SeededRandom random) {
        int[] channels = new int[3];
        for (int c = 0; c < 3; c++) {
            channels[c] = random.between(0x68, 0xA8);
        }
        return channels[0] << 16 | channels[1] << 8 | channels[2];
    }
}
