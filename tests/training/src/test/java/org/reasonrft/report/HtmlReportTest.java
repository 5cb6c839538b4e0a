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
import java.util.Collections;
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
import org.reasonrft.run.PredictionLine;
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
                                new EvaluationSummary.Answer("4", true)))),
                List.of(
                        table("grpo", "test", text, "all", "all"),
                        table(text, null, text, "splits", text),
                        table("base", text, text, "level", text)));
    }

    private static EvaluationSummary.Table table(
            String model, String split, String text, String dimension, String group) {
        return new EvaluationSummary.Table(
                model,
                split,
                text,
                4,
                List.of(
                        new EvaluationSummary.Row(
                                dimension, group, 4, Map.of("score", new Proportion(0.8125, 0.5, 0.9375))),
                        new EvaluationSummary.Row(
                                text,
                                text,
                                2,
                                Map.of(text, new Proportion(0.5, 0, 1), "tokens", new Proportion(7, 6, 8)))));
    }

    private ReportContent.Answers answers(String text) {
        PredictionLine.Completion wrong =
                new PredictionLine.Completion(text, Map.of(text, 0.25), false, false, 3, false);
        PredictionLine.Completion right =
                new PredictionLine.Completion("<answer>4</answer>", Map.of("score", 1.0), true, true, 9, true);
        return new ReportContent.Answers(
                text,
                List.of(
                        new PredictionLine(
                                0, text, text, List.of(picture.toString(), text), text, List.of(wrong, right)),
                        new PredictionLine(5, "b", "B?", List.of(), "4", Collections.nCopies(11, right))),
                7);
    }

    private String render(String text) {
        return HtmlReport.render(new ReportContent(
                text,
                text,
                List.of(
                        new ReportContent.Run("sft", text, run("sft", 60, text), null),
                        new ReportContent.Run("grpo", "GRPO", run("grpo", 7, text), "sft")),
                evaluation(text),
                List.of(answers(text))));
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
    void tablesAndAnswersArrive() {
        String html = render("x");
        assertThat(html)
                .as("the bar takes the score of the table, with its interval")
                .contains("GRPO: 81.3\u00a0%, interval 50.0\u00a0% to 93.8\u00a0%")
                .as("else Wilson's, from the verdicts")
                .contains("x: 50.0\u00a0%, interval 15.0\u00a0% to 85.0\u00a0%");
        assertThat(html)
                .contains("<b>Averages over splits</b>: x, score by x, 4 completions per question")
                .contains("<small>level</small> x</th><td>4</td>")
                .contains("<td>81.3 <small>50.0–93.8</small></td>")
                .contains("<td>7.0 <small>6.0–8.0</small></td>")
                .contains("<td>–</td>");
        assertThat(html)
                .contains("<h2>Answers: x</h2>", "2 of 7 questions, spread evenly over the split")
                .contains("lost\">wrong</span><span>x 0.25</span>", "not in the format, 3 tokens, cut off")
                .contains("won\">right</span><span>score 1.00</span>", "in the format, 9 tokens<")
                .contains("and 3 more");
    }

    /** None of two right: the bootstrap has nothing to draw from, Wilson's interval still says how little two questions are. */
    @Test
    void intervalWithoutWidthGivesWayToWilsons() {
        EvaluationSummary.Table table = new EvaluationSummary.Table(
                "m",
                "s",
                "x",
                1,
                List.of(new EvaluationSummary.Row("all", "all", 2, Map.of("score", new Proportion(0, 0, 0)))));
        String html = HtmlReport.render(new ReportContent(
                "x",
                "",
                List.of(),
                new EvaluationSummary(
                        List.of(new EvaluationSummary.Split("s", "s", 2, null)),
                        List.of(new EvaluationSummary.Model(
                                "m", "m", Map.of("s", new EvaluationSummary.Score("00", 0, 1, 0)))),
                        List.of(),
                        List.of(table))));
        assertThat(html).contains("m: 0.0\u00a0%, interval 0.0\u00a0% to 65.8\u00a0%");
    }

    @Test
    void valuesForSpreadsheets() {
        assertThat(SummaryCsv.text(evaluation("a, \"b\"\nc")).lines())
                .startsWith(
                        "model,split,scorer,samples,dimension,group,questions,measure,value,low,high",
                        "grpo,test,\"a, \"\"b\"\"");
        assertThat(SummaryCsv.text(evaluation("x")))
                .contains("\ngrpo,test,x,4,all,all,4,score,0.8125,0.5,0.9375\n")
                .contains("\nx,,x,4,splits,x,4,score,0.8125,0.5,0.9375\n")
                .contains("\nbase,x,x,4,x,x,2,tokens,7.0,6.0,8.0\n");
    }

    /** A photograph is embedded small: the bytes of the page, not of the camera. */
    @Test
    void thumbnails() throws IOException {
        BufferedImage photograph = new BufferedImage(1600, 1000, BufferedImage.TYPE_INT_ARGB);
        java.util.Random random = new java.util.Random(1);
        for (int y = 0; y < 1000; y++) {
            for (int x = 0; x < 1600; x++) {
                photograph.setRGB(x, y, 0xff000000 | random.nextInt(1 << 24));
            }
        }
        Path file = folder.resolve("photograph.png");
        ImageIO.write(photograph, "png", file.toFile());
        String element = EmbeddedPicture.thumbnail(file.toString(), "a photograph");
        assertThat(element).contains("data:image/jpeg;base64,").hasSizeLessThan(100_000);
        byte[] bytes = java.util.Base64.getDecoder()
                .decode(element.substring(element.indexOf("base64,") + 7, element.lastIndexOf('"')));
        BufferedImage shown = ImageIO.read(new java.io.ByteArrayInputStream(bytes));
        assertThat(shown.getWidth()).isEqualTo(320);
        assertThat(shown.getHeight()).isEqualTo(200);
        assertThat(EmbeddedPicture.thumbnail(picture.toString(), "small")).contains("data:image/png;base64,");
    }

    /** Black lines on nothing are a drawing on white paper. */
    @Test
    void thumbnailsOfTransparentDrawings() throws IOException {
        Path file = folder.resolve("drawing.png");
        ImageIO.write(new BufferedImage(800, 800, BufferedImage.TYPE_INT_ARGB), "png", file.toFile());
        String element = EmbeddedPicture.thumbnail(file.toString(), "a drawing");
        byte[] bytes = java.util.Base64.getDecoder()
                .decode(element.substring(element.indexOf("base64,") + 7, element.lastIndexOf('"')));
        int color = ImageIO.read(new java.io.ByteArrayInputStream(bytes)).getRGB(160, 160);
        assertThat(color & 0xff).isGreaterThan(250);
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
