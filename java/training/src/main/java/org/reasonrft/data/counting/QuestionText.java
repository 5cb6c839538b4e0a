package org.reasonrft.data.counting;

import java.util.List;

/** A question of addition, subtraction and counting in words, as CLEVR-Math has them. */
public final class QuestionText {
    private QuestionText() {}

    /**
     * For example "Add 2 red rings. Subtract all squares. How many objects are left?".
     *
     * @param addedCount how many objects are added, 0 for none
     * @param added what they are, in the number that fits the count
     * @param removed what is taken away, in plurals, one after the other
     * @param asked what is counted, in the plural
     */
    public static String of(int addedCount, String added, List<String> removed, String asked) {
        StringBuilder text = new StringBuilder();
        if (addedCount > 0) {
            text.append("Add ").append(addedCount).append(' ').append(added).append(". ");
        }
        removed.forEach(objects -> text.append("Subtract all ").append(objects).append(". "));
        return text.append("How many ")
                .append(asked)
                .append(removed.isEmpty() ? " are there?" : " are left?")
                .toString();
    }
}
