package org.reasonrft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reasonrft.RealData;

/** Real pictures and questions from the record file to the report, answered by the shipped base checkpoint, which knows nothing of them. */
final class RealQuestionsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern PICTURE = Pattern.compile("<img [^>]*src=\"data:image/(png|jpeg);base64,");

    @TempDir
    Path folder;

    private Path model;
    private Path output;

    @BeforeEach
    void extractModel() {
        model = folder.resolve("base");
        BaseModel.extractTo(model);
        output = folder.resolve("out");
    }

    private void evaluate(Path data, String prompt, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "eval",
                "--model",
                model.toString(),
                "--data",
                "real=" + data,
                "--output",
                output.toString(),
                "--prompt",
                prompt,
                "--max-completion-length",
                "12",
                "--threads",
                "1"));
        arguments.addAll(Arrays.asList(more));
        StringWriter text = new StringWriter();
        PrintWriter printer = new PrintWriter(text, true);
        assertThat(Main.run(printer, printer, arguments.toArray(String[]::new)))
                .as(text.toString())
                .isEqualTo(Main.OK);
    }

    /** Lines of predictions, and the pictures of the page, none of which may be missing. */
    private void assertAnswered(int questions, int pictures) throws IOException {
        try (Stream<String> lines = Files.lines(output.resolve("predictions-real.jsonl"))) {
            assertThat(lines).hasSize(questions);
        }
        String page = Files.readString(output.resolve("report.html"));
        assertThat(page)
                .contains("All " + questions + " questions")
                .doesNotContain("picture not found", "cannot be read", "not a picture that can be shown");
        Matcher matcher = PICTURE.matcher(page);
        int found = 0;
        while (matcher.find()) {
            found++;
        }
        assertThat(found).isEqualTo(pictures);
        assertThat(page.length()).as("characters of the page").isLessThan(3_000_000);
    }

    @Test
    void superClevr() throws IOException {
        evaluate(
                RealData.require("super-clevr/visual-counting-ood.json"),
                "visual-counting",
                "--samples",
                "2",
                "--temperature",
                "1",
                "--pass-at",
                "1,2");
        assertAnswered(45, 45);
        assertThat(output.resolve("summary.csv")).content().contains("base,real,equivalence,2,all,all,45,pass@2,");
    }

    @Test
    void geometry3k() throws IOException {
        evaluate(RealData.require("geometry3k/structure-perception-ood.json"), "structure-perception");
        assertAnswered(24, 24);
        assertThat(output.resolve("summary.csv")).content().contains("base,real,equivalence,1,form,choice,24,score,");
    }

    /** The published settings cut a large picture into thousands of tokens of this model: too many, and said so. */
    @Test
    void picturesTooLargeForTheModel() throws IOException {
        Path data = RealData.require("geometry3k/structure-perception-ood.json");
        String refusal = Refusal.of(
                Main.FAILURE,
                output,
                "eval",
                "--model",
                model.toString(),
                "--data",
                data.toString(),
                "--output",
                output.toString(),
                "--decoding",
                "published",
                "--max-pixels",
                "1200000");
        assertThat(refusal).contains("of them for pictures").contains("allow fewer pixels per picture");
    }

    /** The scene graph and steps of a TRANCE sample as a question with two pictures, from each of three cameras. */
    @Test
    void trance() throws IOException {
        Path example = RealData.require("trance/example.json");
        JsonNode scene = JSON.readTree(example.toFile());
        StringBuilder objects = new StringBuilder();
        int id = 0;
        for (JsonNode object : scene.at("/states/0/objects")) {
            objects.append(String.format(
                    "(%d, '%s', '%s', '%s', '%s') ",
                    id++,
                    object.get("shape").asText(),
                    object.get("size").asText(),
                    object.get("color").asText(),
                    object.get("material").asText()));
        }
        List<String> functions = new ArrayList<>();
        for (JsonNode step : scene.get("transformations")) {
            JsonNode value = step.get("val").isArray() ? step.get("val").get(0) : step.get("val");
            functions.add(String.format(
                    "change_%s(%d,'%s')",
                    step.get("attr").asText(),
                    step.get("obj_idx").asInt(),
                    value.asText().replace('-', '_')));
        }
        ArrayNode records = JSON.createArrayNode();
        for (String camera : List.of("L", "C", "R")) {
            ObjectNode record = records.addObject();
            record.put("id", "trance-0-" + camera);
            record.putArray("image").add("img_000000-init.C.png").add("img_000000-fin." + camera + ".png");
            record.put("problem", "Objects at the start: " + objects.toString().strip());
            record.put("answer", String.join(", ", functions));
        }
        Path data = Files.writeString(folder.resolve("trance.json"), JSON.writeValueAsString(records));
        evaluate(
                data,
                "spatial-transformation",
                "--image-root",
                example.getParent().toString());
        assertAnswered(3, 6);
        assertThat(output.resolve("summary.csv"))
                .content()
                .contains("base,real,trance,1,all,all,3,score,")
                .contains("base,real,trance,1,level,3,3,trance_paper,")
                .contains(",trance_match,");
    }
}
