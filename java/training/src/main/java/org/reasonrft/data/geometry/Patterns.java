package org.reasonrft.data.geometry;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** All patterns of problems, by kind. */
final class Patterns {
    private static final List<Pattern> ALL = new ArrayList<>();

    static {
        ALL.addAll(TriangleAngles.all());
        ALL.addAll(LineAngles.all());
        ALL.addAll(PolygonAngles.all());
        ALL.addAll(CircleAngles.all());
        ALL.addAll(RightTriangleLengths.all());
        ALL.addAll(Proportions.all());
        ALL.addAll(LineParts.all());
        ALL.addAll(CircleMeasures.all());
        ALL.addAll(Perimeters.all());
        ALL.addAll(Areas.all());
    }

    private Patterns() {}

    static List<Pattern> all() {
        return List.copyOf(ALL);
    }

    /** The patterns of each wanted kind up to a level; there are some at every level. */
    static Map<Kind, List<Pattern>> upTo(int level, Set<Kind> wanted) {
        Map<Kind, List<Pattern>> patterns = new EnumMap<>(Kind.class);
        for (Pattern pattern : ALL) {
            if (pattern.level() <= level && wanted.contains(pattern.kind())) {
                patterns.computeIfAbsent(pattern.kind(), kind -> new ArrayList<>())
                        .add(pattern);
            }
        }
        return patterns;
    }
}
