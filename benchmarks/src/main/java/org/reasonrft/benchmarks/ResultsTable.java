package org.reasonrft.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The table of the README from a result file: a line per operation and type of logits with the kernel's median, how many
 * times as long the same takes otherwise, and the share of the floor's speed where one was measured in the same run.
 */
final class ResultsTable {
    static final String BEGIN = "<!-- benchmarks -->";
    static final String END = "<!-- /benchmarks -->";

    private static final String KERNEL = "kernel";

    private final Map<String, String> about = new LinkedHashMap<>();
    private final Map<String, Map<String, Measured>> operations = new LinkedHashMap<>();

    private record Measured(double median, String unit) {
        String text() {
            return String.format(Locale.ROOT, median < 10 ? "%.2f %s" : "%.0f %s", median, unit.replace("/op", ""));
        }
    }

    private ResultsTable() {}

    /** @throws IOException if the file cannot be read or is none of ours */
    static ResultsTable read(Path csv) throws IOException {
        ResultsTable table = new ResultsTable();
        List<String> header = List.of();
        for (String line : Files.readAllLines(csv)) {
            if (line.startsWith("# ")) {
                int colon = line.indexOf(": ");
                table.about.put(line.substring(2, colon), line.substring(colon + 2));
            } else if (header.isEmpty()) {
                header = Arrays.asList(line.split(","));
            } else {
                table.add(header, line.split(",", -1), csv);
            }
        }
        if (table.operations.isEmpty()) {
            throw new IOException(csv + ": no results in it");
        }
        return table;
    }

    private void add(List<String> header, String[] fields, Path csv) throws IOException {
        if (fields.length != header.size() || !header.contains("median")) {
            throw new IOException(csv + ": got " + String.join(",", fields) + ", wanted fields " + header);
        }
        String[] name = fields[header.indexOf("benchmark")].split("\\.");
        String dtype = fields[header.indexOf("dtype")];
        String operation = name[0].replace("Benchmark", "") + (dtype.isEmpty() ? "" : ", " + dtype);
        operations
                .computeIfAbsent(operation, key -> new LinkedHashMap<>())
                .put(
                        name[1],
                        new Measured(
                                Double.parseDouble(fields[header.indexOf("median")]), fields[header.indexOf("unit")]));
    }

    /** GitHub Markdown, with the device and commit above. Operations without a kernel to compare with are left out. */
    String markdown() {
        StringBuilder text = new StringBuilder();
        text.append(String.format("%s; commit %s; medians:%n%n", about.get("device"), about.get("commit")));
        text.append(String.format("| operation | kernel | in the same run, times as long | share of the floor |%n"));
        text.append(String.format("|---|---|---|---|%n"));
        operations.forEach((operation, ways) -> {
            Measured kernel = ways.get(KERNEL);
            if (kernel == null) {
                return;
            }
            List<String> others = new ArrayList<>();
            String floor = "";
            for (Map.Entry<String, Measured> way : ways.entrySet()) {
                double ratio = way.getValue().median() / kernel.median();
                switch (way.getKey()) {
                    case "kernel", "kernelInPlace", "kernelBackward" -> {}
                    case "read", "copy", "product" ->
                        floor = String.format(Locale.ROOT, "%.0f %% of a plain %s", 100 * ratio, way.getKey());
                    default ->
                        others.add(String.format(Locale.ROOT, ratio < 10 ? "%s %.1f" : "%s %.0f", way.getKey(), ratio));
                }
            }
            text.append(String.format(
                    "| %s | %s | %s | %s |%n", operation, kernel.text(), String.join(", ", others), floor));
        });
        return text.toString();
    }

    /**
     * Replaces what stands between the two marks.
     *
     * @throws IOException if the file lacks the marks or cannot be written
     */
    void replaceIn(Path markdownFile) throws IOException {
        String text = Files.readString(markdownFile);
        int begin = text.indexOf(BEGIN);
        int end = text.indexOf(END);
        if (begin < 0 || end < begin) {
            throw new IOException(markdownFile + ": wanted " + BEGIN + " and, after it, " + END);
        }
        Files.writeString(
                markdownFile, text.substring(0, begin + BEGIN.length()) + "\n" + markdown() + text.substring(end));
    }
}
