package org.reasonrft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.reasonrft.report.RunFiles;
import org.reasonrft.run.StopSignal;
import org.w3c.dom.Document;

class ReproductionTest {
    private static final Reproduction.Size TINY = new Reproduction.Size(48, 40, 40, 5, 0.002);

    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();

    private boolean run(StopSignal stop, List<ReasonRftTask> tasks, boolean resume) throws IOException {
        return new Reproduction(folder.resolve("all"), Map.of(), TINY, 1, stop, new PrintWriter(out, true))
                .run(tasks, List.of(7L), resume);
    }

    @Test
    void trainsAllVariantsStopsWhenAskedAndWritesTableAndFigure() throws Exception {
        List<ReasonRftTask> tasks = List.of(ReasonRftTask.VISUAL_COUNTING, ReasonRftTask.SPATIAL_TRANSFORMATION);
        try (StopSignal stop = StopSignal.manual()) {
            stop.request();
            assertThat(run(stop, tasks, false)).isFalse();
        }
        try (StopSignal stop = StopSignal.manual()) {
            assertThat(run(stop, tasks, true)).isTrue();
        }
        Path counting = folder.resolve("all/visual-counting/seed-7");
        for (String stage : List.of("reason-rft-sft", "reason-rft-grpo", "cot-sft", "ans-sft", "reason-rft-zero")) {
            assertThat(counting.resolve(stage)).isDirectoryContaining("glob:**/checkpoints");
        }
        // As many steps for CoT-SFT as fit into the time of both phases, and at least those of the first.
        long phase1 = RunFiles.read(counting.resolve("reason-rft-sft")).lastStep();
        assertThat(RunFiles.read(counting.resolve("cot-sft")).lastStep()).isGreaterThan(phase1);
        assertThat(RunFiles.read(counting.resolve("reason-rft-zero")).lastStep())
                .isEqualTo(RunFiles.read(counting.resolve("reason-rft-grpo")).lastStep());

        List<String> csv = Files.readAllLines(folder.resolve("all/" + ReproductionResults.CSV));
        assertThat(csv.get(0)).isEqualTo("task,split,model,seed,questions,score,format,tokens,seconds");
        Map<String, List<String>> splits = csv.stream()
                .skip(1)
                .map(line -> line.split(","))
                .filter(fields -> fields[2].equals("Reason-RFT"))
                .collect(Collectors.groupingBy(
                        fields -> fields[0], Collectors.mapping(fields -> fields[1], Collectors.toList())));
        assertThat(splits)
                .containsEntry("visual-counting", List.of("test", "shift"))
                .containsEntry("spatial-transformation", List.of("test", "shift-left", "shift-right"));
        assertThat(csv)
                .hasSize(1 + Contender.values().length * 5)
                .allSatisfy(line -> assertThat(line.split(",")).hasSize(9));

        String table = Files.readString(folder.resolve("all/" + ReproductionResults.MARKDOWN));
        assertThat(out.toString()).contains(table);
        Arrays.stream(Contender.values())
                .forEach(contender -> assertThat(table).contains("| " + contender.label() + " |"));
        assertThat(table).contains("over seeds 7,", "## Visual counting", "paper: TRANCE left", "| 64.05 | 64.08 |");
        Document figure = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(folder.resolve("all/" + ReproductionResults.FIGURE).toFile());
        assertThat(figure.getDocumentElement().getTextContent())
                .contains("Visual counting, domain shift", "Spatial transformation, data efficiency", "CoT-SFT");
    }

    @Test
    void theBaseModelOfATaskSeesEveryPictureButNoQuestion() throws IOException {
        try (StopSignal stop = StopSignal.manual()) {
            assertThat(run(stop, List.of(ReasonRftTask.STRUCTURE_PERCEPTION), false))
                    .isTrue();
        }
        Path task = folder.resolve("all/structure-perception");
        assertThat(Files.readString(task.resolve("base/config.yaml")))
                .contains("data: " + task.resolve("base-data/captions.json"))
                .contains("freeze_vision: false");
        assertThat(Files.readString(task.resolve("fresh/preprocessor_config.json")))
                .contains("0.95, 0.95, 0.95");
        assertThat(Files.readString(task.resolve("seed-7/cot-sft/config.yaml"))).contains("max_completion_length: 96");
    }
}
