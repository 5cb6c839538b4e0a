package org.reasonrft.data.counting;

import org.reasonrft.data.generated.Split;
import org.reasonrft.data.generated.Split.Purpose;

/** The parts of the counting task: what they are for, and which scenes they are made of. */
public enum CountingSplit {
    /** Questions to learn from. */
    TRAIN(Purpose.TRAIN, Domain.FAMILIAR),
    /** Other questions to learn from, with the chains of thought and answers of a teacher who may overlook objects. */
    CHAINS(Purpose.CHAINS, Domain.FAMILIAR),
    /** Other questions over scenes of the training domain. */
    TEST(Purpose.TEST, Domain.FAMILIAR),
    /** Questions over scenes with colour-shape pairs and backgrounds that training never shows. */
    SHIFT(Purpose.SHIFT, Domain.SHIFTED),
    /** Captions of scenes of both domains, for pre-training. */
    CAPTIONS(Purpose.CAPTIONS, Domain.BOTH),
    /** Other captions, to measure when pre-training is done. */
    CAPTIONS_TEST(Purpose.CAPTIONS_TEST, Domain.BOTH);

    /** Which colour-shape pairs and backgrounds a scene may have. */
    enum Domain {
        FAMILIAR,
        SHIFTED,
        BOTH
    }

    private final Split split;
    private final Domain domain;

    CountingSplit(Purpose purpose, Domain domain) {
        this.split = Split.of(purpose);
        this.domain = domain;
    }

    /** The split of this task with the given purpose. */
    public static CountingSplit of(Purpose purpose) {
        return valueOf(purpose.name());
    }

    /** Stem of the split's record file and of its record ids, for example {@code train}. */
    public String label() {
        return split.label();
    }

    /** Whether the records describe pictures instead of asking for a number. */
    public boolean isCaptions() {
        return split.isCaptions();
    }

    Domain domain() {
        return domain;
    }
}
