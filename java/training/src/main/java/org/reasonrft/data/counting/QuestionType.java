package org.reasonrft.data.counting;

import java.util.Locale;

/** Kinds of questions, after the template families of CLEVR-Math (Lindström and Abraham, 2022). */
public enum QuestionType {
    /** "How many red rings are there?" */
    COUNTING,
    /** "Subtract all blue objects. How many objects are left?" */
    SUBTRACTION,
    /** "Add 2 red rings. How many red objects are there?" */
    ADDITION,
    /** "Subtract all red rings. Subtract all green objects. How many objects are left?" */
    MULTI_HOP,
    /** "Subtract all blue rings. How many red objects are left?": what is taken away is not what is asked for. */
    ADVERSARIAL;

    private final String label = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** The value of the record field {@code type}, for example {@code multi-hop}. */
    public String label() {
        return label;
    }
}
