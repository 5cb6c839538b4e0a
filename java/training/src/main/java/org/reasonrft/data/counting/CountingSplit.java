package org.reasonrft.data.counting;

/** The parts of the counting task: what they are for, and which scenes they are made of. */
public enum CountingSplit {
    /** Questions to learn from. */
    TRAIN("train", Domain.FAMILIAR, false),
    /** Other questions to learn from, with the chains of thought and answers of a teacher who may overlook objects. */
    CHAINS("chains", Domain.FAMILIAR, false),
    /** Other questions over scenes of the training domain. */
    TEST("test", Domain.FAMILIAR, false),
    /** Questions over scenes with colour-shape pairs and backgrounds that training never shows. */
    SHIFT("shift", Domain.SHIFTED, false),
    /** Captions of scenes of both domains, for pre-training. */
    CAPTIONS("captions", Domain.BOTH, true),
    /** Other captions, to measure when pre-training is done. */
    CAPTIONS_TEST("captions-test", Domain.BOTH, true);

    /** Which colour-shape pairs and backgrounds a scene may have. */
    enum Domain {
        FAMILIAR,
        SHIFTED,
        BOTH
    }

    private final String label;
    private final Domain domain;
    private final boolean captions;

    CountingSplit(String label, Domain domain, boolean captions) {
        this.label = label;
        this.domain = domain;
        this.captions = captions;
    }

    /** Stem of the split's record file and of its record ids, for example {@code train}. */
    public String label() {
        return label;
    }

    /** Whether the records describe pictures instead of asking for a number. */
    public boolean isCaptions() {
        return captions;
    }

    Domain domain() {
        return domain;
    }
}
