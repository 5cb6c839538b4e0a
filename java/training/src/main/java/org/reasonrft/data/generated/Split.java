package org.reasonrft.data.generated;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * A part of a task.
 *
 * @param purpose what its samples are for
 * @param label stem of its record file and of its record ids, in lower case: that of the purpose, or of a variant of it
 *     such as {@code shift-left}
 */
public record Split(Purpose purpose, String label) {
    /** What samples are for. Whatever the family, the splits of one purpose are asked for by one option. */
    public enum Purpose {
        /** Questions to learn from. */
        TRAIN,
        /** Other questions to learn from, with the chains of thought and answers of a teacher who may be wrong. */
        CHAINS,
        /** Other questions of the kind that training has. */
        TEST,
        /** Questions that differ from training in a known way. */
        SHIFT,
        /** Descriptions of pictures, for pre-training. */
        CAPTIONS,
        /** Other descriptions, to measure when pre-training is done. */
        CAPTIONS_TEST;

        private final String label = name().toLowerCase(Locale.ROOT).replace('_', '-');

        /** For example {@code captions-test}. */
        public String label() {
            return label;
        }
    }

    /** @throws IllegalArgumentException if the label is neither that of the purpose nor begins with it and a hyphen */
    public Split {
        Objects.requireNonNull(purpose, "purpose");
        if (!label.matches(purpose.label() + "(-[a-z0-9]+)*")) {
            throw new IllegalArgumentException("label: wanted '" + purpose.label() + "' or '" + purpose.label()
                    + "-' and a variant, got '" + label + "'");
        }
    }

    /** The split that is named as its purpose. */
    public static Split of(Purpose purpose) {
        return new Split(purpose, purpose.label());
    }

    /** One split for each purpose: what most families have. */
    public static List<Split> onePerPurpose() {
        return Arrays.stream(Purpose.values()).map(Split::of).toList();
    }

    /** Whether the records describe pictures instead of asking something. */
    public boolean isCaptions() {
        return purpose == Purpose.CAPTIONS || purpose == Purpose.CAPTIONS_TEST;
    }
}
