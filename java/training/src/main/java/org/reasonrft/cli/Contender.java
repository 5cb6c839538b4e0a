package org.reasonrft.cli;

import java.util.Arrays;
import java.util.List;

/** A model of the comparison, in the order of the paper's table; phase 1 alone is added. */
enum Contender {
    ZERO_SHOT("Zero-shot", List.of()),
    ANS_SFT("ANS-SFT", Variant.ANS_SFT.stages()),
    COT_SFT("CoT-SFT", Variant.COT_SFT.stages()),
    ZERO("Reason-RFT-Zero", Variant.ZERO.stages()),
    PHASE_1("Phase 1 alone", Variant.REASON_RFT.stages().subList(0, 1)),
    REASON_RFT("Reason-RFT", Variant.REASON_RFT.stages());

    private final String label;
    private final List<Variant.Stage> stages;

    Contender(String label, List<Variant.Stage> stages) {
        this.label = label;
        this.stages = stages;
    }

    /** The model that comes out of a stage. */
    static Contender of(Variant.Stage stage) {
        return Arrays.stream(values())
                .filter(contender -> stage.equals(contender.last()))
                .findFirst()
                .orElseThrow();
    }

    /** As the paper names it. */
    String label() {
        return label;
    }

    /** The training runs that lead to it; none for the base model. */
    List<Variant.Stage> stages() {
        return stages;
    }

    /** The training run that it comes out of; null for the base model. */
    Variant.Stage last() {
        return stages.isEmpty() ? null : stages.get(stages.size() - 1);
    }
}
