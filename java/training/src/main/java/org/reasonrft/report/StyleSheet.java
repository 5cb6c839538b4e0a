package org.reasonrft.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The style sheets beside this class. */
enum StyleSheet {
    /** Colours, for light and dark surroundings, and what charts are made of. */
    CHART("chart.css"),
    /** A page around them; needs {@link #CHART}. */
    REPORT("report.css");

    private final String file;

    StyleSheet(String file) {
        this.file = file;
    }

    String text() {
        try (InputStream in = StyleSheet.class.getResourceAsStream(file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("the style sheet " + file + " cannot be read", e);
        }
    }
}
