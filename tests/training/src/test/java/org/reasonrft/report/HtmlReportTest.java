package org.reasonrft.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reasonrft.run.RunException;
import org.reasonrft.run.RunFolder;
import org.reasonrft.run.RunLog;
import org.reasonrft.run.SampledGroup;

final class HtmlReportTest {
    /** Wherever text can come in, this does. Unescaped it would start an element, end an attribute or load something. */
    private static final String EVIL = "</pre></svg><script src=\"https://evil.example/x.js\">alert('1')</script>"
            + "<img src=x onerror=alert(1)>\" onload=\"x' style='background:url(http://evil.example)'&amp;\u0007\u202e";

    private static final Set<String> VOID = Set.of("meta", "img", "i/");

    @TempDir
    Path folder;

    private Path picture;

    record Config(String model, double learningRate) {}

    @BeforeEach
    void makePicture() throws IOException {
        picture = folder.resolve("picture.png");
        ImageIO.write(new BufferedImage(4, 4, BufferedImage.TYPE_INT_RGB), "png", picture.toFile());
    }

    private Path run(String name, int steps, String text) {
        Path path = folder.resolve(name);
        try (RunFolder run = RunFolder.create(path);
                RunLog log = run.openLog(-1)) {
            run.writeConfig(new Config(text, 1e-6));
            for (int step = 1; step <= steps; step++) {
                Map<String, Number> values = new LinkedHashMap<>();
                values.put("loss", step == 3 ? Double.NaN : 1.0 / step);
                values.put("reward", 0.5);
                values.put("kl", step == 5 ? 1e9 : 0.01 * step);
                values.put("eval/" + text + "/accuracy", step / (double) steps);
                values.put("eval/test/accuracy", 0.25);
                log.metrics(step, values);
                log.timing(step, Map.of("step_time", 2.0));
                if (step % 2 == 0) {
                    log.sample(new SampledGroup(
                            step,
                            text,
                            List.of(picture.toString(), text),
                            text,
                            List.of(
                                    new SampledGroup.Completion(
                                            text, Map.of("accuracy", 0.0, text, Double.NaN), 0, -1, 3),
                                    new SampledGroup.Completion(
                                            "<think>a</think><answer>4</answer>", Map.of("accuracy", 1.0), 1, 1, 3))));
                }
            }
        }
        return path;
    }

    private static EvaluationSummary evaluation(String text) {
        EvaluationSummary.Score half = new EvaluationSummary.Score("1100", 3, 10, 1);
        EvaluationSummary.Score most = new EvaluationSummary.Score("1110", 4, 12, 0);
        return new EvaluationSummary(
                List.of(new EvaluationSummary.Split("test", text, 4, 0.5)),
                List.of(
                        new EvaluationSummary.Model("base", text, Map.of("test", half)),
                        new EvaluationSummary.Model("grpo", "GRPO", Map.of("test", most))),
                List.of(new EvaluationSummary.Example(
                        "test",
                        text,
                        List.of(text),
                        text,
                        Map.of(
                                "base",
                                new EvaluationSummary.Answer(text, false),
                                "grpo",
                                new EvaluationSummary.Answer("4", true)))));
    }

    private String render(String text) {
        return HtmlReport.render(new ReportContent(
                text,
                text,
                List.of(
                        new ReportContent.Run("sft", text, run("sft", 60, text), null),
                        new ReportContent.Run("grpo", "GRPO", run("grpo", 7, text), "sft")),
                evaluation(text)));
    }

    @Test
    void nothingIsLoadedAndNothingRuns() {
        String html = render(EVIL);
        String markup = html.replaceAll("(?s)<style>.*?</style>", "");
        assertThat(markup)
                .as("elements")
                .doesNotContain("<script")
                .doesNotContain("<link")
                .doesNotContain("<iframe");
        Matcher tags = Pattern.compile("<[a-z][^>]*>").matcher(markup);
        int pictures = 0;
        while (tags.find()) {
            String tag = tags.group();
            String attributes = tag.replaceAll("\"[^\"]*\"", "");
            assertThat(attributes)
                    .as("attributes of %s", tag)
                    .doesNotContainPattern("\\son[a-z]+\\s*=")
                    .doesNotContain("href")
                    .doesNotContain("style=");
            if (attributes.contains("src=")) {
                assertThat(tag).contains("src=\"data:image/png;base64,");
                pictures++;
            }
        }
        assertThat(pictures).isPositive();
        assertThat(html.substring(html.indexOf("<style>"), html.indexOf("</style>")))
                .doesNotContain("url(")
                .doesNotContain("@import")
                .doesNotContain("http");
        assertThat(html).contains("content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\"");
        assertThat(html)
                .as("control characters are made visible")
                .doesNotContain("\u0007")
                .doesNotContain("\u202e")
                .contains("\u2407");
    }

    @Test
    void elementsAreBalancedWhateverTheTextsAre() {
        String html = render(EVIL).replaceAll("(?s)<style>.*?</style>", "").replace("<!doctype html>", "");
        Deque<String> open = new ArrayDeque<>();
        Matcher tags = Pattern.compile("<(/?)([a-z0-9]+)((?:\\s+[a-zA-Z0-9-]+(?:=\"[^\"<>]*\")?)*)\\s*(/?)>|<")
                .matcher(html);
        while (tags.find()) {
            assertThat(tags.group(2))
                    .as("markup near: %s", html.substring(tags.start(), Math.min(html.length(), tags.start() + 80)))
                    .isNotNull();
            if (tags.group(1).isEmpty() && tags.group(4).isEmpty() && !VOID.contains(tags.group(2))) {
                open.push(tags.group(2));
            } else if (!tags.group(1).isEmpty()) {
                assertThat(open.pop()).isEqualTo(tags.group(2));
            }
        }
        assertThat(open).isEmpty();
    }

    @Test
    void numbersAndTextsArrive() {
        String html = render("Zählen & Sehen");
        assertThat(html)
                .contains("Zählen &amp; Sehen")
                .contains("75.0\u00a0%")
                .contains("<span class=\"tag\">&lt;think&gt;</span>a")
                .contains("learning_rate: 1.0E-6")
                .contains("aria-label=\"Line chart: Loss by step.");
        assertThat(html)
                .as("60 steps of 2 s, then 7")
                .contains("60 steps, 2\u00a0min 0\u00a0s")
                .contains("7 steps, 14\u00a0s");
        assertThat(html)
                .as("no number leaks out as text of Java")
                .doesNotContain("NaN")
                .doesNotContain("Infinity")
                .doesNotContain("null");
    }

    @Test
    void aSpikeDoesNotFlattenTheCurve() {
        String html = render("x");
        String chart = html.substring(html.indexOf("<b>KL"));
        String axis = chart.substring(0, chart.indexOf("</figure>")).replaceAll("(?s)<title>.*?</title>", "");
        assertThat(axis).contains(">0.6</text>").doesNotContain("G</text>").doesNotContain("M</text>");
    }

    @Test
    void missingPicturesAreNamed() {
        assertThat(render("gone.png")).contains("picture not found: gone.png");
    }

    @Test
    void runThatIsStillGoingOnCanBeReported() throws IOException {
        Path run = run("sft", 4, "x");
        Files.writeString(run.resolve("metrics.jsonl"), "{\"step\":5,\"lo", StandardOpenOption.APPEND);
        Path report = folder.resolve("report.html");
        HtmlReport.write(
                report, new ReportContent("x", "", List.of(new ReportContent.Run("sft", "SFT", run, null)), null));
        assertThat(Files.readString(report, StandardCharsets.UTF_8)).contains("4 steps");
    }

    @Test
    void foldersThatHoldNoRunAreNamed() {
        assertThatThrownBy(() -> HtmlReport.render(new ReportContent(
                        "x", "", List.of(new ReportContent.Run("a", "a", folder.resolve("none"), null)), null)))
                .isInstanceOf(RunException.class)
                .hasMessageContaining(folder.resolve("none").toString());
    }

    @Test
    void contentsThatMakeNoSenseAreRefused() {
        ReportContent.Run a = new ReportContent.Run("a", "a", folder, "b");
        assertThatThrownBy(() -> new ReportContent("x", "", List.of(a), null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("after b");
        assertThatThrownBy(() -> new ReportContent("x", "", List.of(), null))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void evaluationSummarySurvivesItsFile() {
        Path file = folder.resolve("evaluation.json");
        evaluation(EVIL).write(file);
        assertThat(EvaluationSummary.read(file)).isEqualTo(evaluation(EVIL));
    }

    @Test
    void brokenEvaluationSummariesAreRefusedInOneLine() throws IOException {
        Path file = folder.resolve("evaluation.json");
        for (String text : new String[] {
            "{",
            "{\"splits\":[],\"models\":[],\"example\":[]}",
            "{\"splits\":[{\"name\":\"a\",\"label\":\"a\","
                    + "\"samples\":2}],\"models\":[{\"name\":\"m\",\"label\":\"m\",\"scores\":{\"a\":{\"correct\":\"1\",\"formatted\":1,"
                    + "\"mean_length\":1,\"truncated\":0}}}]}"
        }) {
            Files.writeString(file, text);
            assertThatThrownBy(() -> EvaluationSummary.read(file))
                    .isInstanceOf(RunException.class)
                    .hasMessageContaining(file.toString())
                    .hasMessageNotContaining("\n");
        }
    }
}
