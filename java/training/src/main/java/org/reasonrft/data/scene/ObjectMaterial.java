package org.reasonrft.data.scene;

import java.util.Locale;

/** Materials of objects; CLEVR has the last two, TRANCE all. */
public enum ObjectMaterial {
    /** Clear and tinted: shows what is behind it, with bright edges and a coloured shadow. */
    GLASS,
    /** Polished: mirrors sky, ground and neighbours. */
    METAL,
    /** Matte. */
    RUBBER;

    private final String word = name().toLowerCase(Locale.ROOT);

    /** The name used in text, for example {@code glass}. */
    public String word() {
        return word;
    }
}
