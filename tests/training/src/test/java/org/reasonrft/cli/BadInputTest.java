package org.reasonrft.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.reasonrft.train.Fixture;

/** Records, pictures, configurations and options that are wrong: each is refused in one line that names it. */
final class BadInputTest {
    private static final String RECORD =
            "{\"id\":\"a\",\"image\":\"p.png\",\"problem\":\"How many?\",\"answer\":\"1\",\"cot\":\"One.\"}";

    @TempDir
    static Path shared;

    private static Fixture fixture;
    private static byte[] png;

    @TempDir
    Path folder;

    private Path output;

    @BeforeAll
    static void makeModelAndData() throws IOException {
        fixture = Fixture.in(shared);
        png = Files.readAllBytes(fixture.trainingData().resolveSibling("images/train-000000.png"));
    }

    @BeforeEach
    void namePlaces() {
        output = folder.resolve("out");
    }

    private String[] command(String command, Path data, String assignments, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                command,
                "--model",
                fixture.model().toString(),
                "--data",
                data.toString(),
                "--output",
                output.toString()));
        if (!command.equals("eval")) {
            arguments.addAll(
                    Refusal.settings("threads=1 prompt=short max_steps=1 evaluation.steps=0 " + assignments.strip()));
        }
        arguments.addAll(Arrays.asList(more));
        return arguments.toArray(String[]::new);
    }

    static Stream<Arguments> records() {
        return Stream.of(
                arguments("malformed", "[{\"id\": x}]", "record 0: not valid JSON"),
                arguments("truncated", "[" + RECORD + ",{\"id\":\"b\"", "record 1: not valid JSON"),
                arguments("text behind the array", "[" + RECORD + "] x", "not valid JSON"),
                arguments("empty array", "[]", "data set is empty"),
                arguments("empty file", "", "data set is empty"),
                arguments("bytes that are no text", "\u00ff\u00fe\u0000", "record 0 or a little later: not UTF-8 text"),
                arguments("no object", "[1]", "record 0: wanted a JSON object, got 1"),
                arguments("no id", RECORD.replace("\"id\"", "\"no\""), "record 0: field 'id': missing"),
                arguments("no problem", RECORD.replace("problem", "no"), "(id 'a'): field 'problem': missing"),
                arguments("no answer", RECORD.replace("answer", "no"), "(id 'a'): field 'answer': missing"),
                arguments("blank answer", RECORD.replace("\"1\"", "\"<answer> </answer>\""), "field 'answer': wanted"),
                arguments("same id twice", RECORD + "\n" + RECORD, "record 1 (id 'a'): field 'id': was used before"),
                arguments("no chain of thought", RECORD.replace("cot", "no"), "sample 'a': field 'cot': missing"),
                arguments("chain is a list", RECORD.replace("\"One.\"", "[]"), "field 'cot': wanted text, got []"),
                arguments("picture is a number", RECORD.replace("\"p.png\"", "7"), "field 'image': wanted a path"),
                arguments("picture is missing", RECORD.replace("p.png", "q.png"), "no such file: "),
                arguments("picture is a folder", RECORD.replace("p.png", "."), "no such file: "));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void records(String name, String content, String part) throws IOException {
        Files.write(folder.resolve("p.png"), png);
        Path data = Files.write(folder.resolve("data.json"), content.getBytes(StandardCharsets.ISO_8859_1));
        assertThat(Refusal.of(Main.FAILURE, output, command("sft", data, "")))
                .contains(data + ": ")
                .contains(part);
        assertThat(output).doesNotExist();
    }

    static Stream<Arguments> pictures() {
        byte[] broken = png.clone();
        Arrays.fill(broken, broken.length / 2, broken.length, (byte) 0x55);
        return Stream.of(
                arguments("truncated", Arrays.copyOf(png, png.length / 2), "damaged"),
                arguments("broken", broken, "damaged"),
                arguments("huge by its header", withSize(1 << 16, 1 << 16), "65536 x 65536 pixels"),
                arguments("negative size in its header", withSize(-5, 48), "damaged"),
                arguments("a text", "not a picture".getBytes(StandardCharsets.UTF_8), "no picture of a known kind"),
                arguments("empty", new byte[0], "no picture of a known kind"));
    }

    private static byte[] withSize(int width, int height) {
        byte[] changed = png.clone();
        CRC32 checksum = new CRC32();
        ByteBuffer header = ByteBuffer.wrap(changed).putInt(16, width).putInt(20, height);
        checksum.update(changed, 12, 17);
        header.putInt(29, (int) checksum.getValue());
        return changed;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void pictures(String name, byte[] content, String part) throws IOException {
        Path picture = Files.write(folder.resolve("p.png"), content);
        Path data = Files.writeString(folder.resolve("data.json"), RECORD);
        for (String command : List.of("sft", "grpo", "eval")) {
            output = folder.resolve(command);
            String groups = command.equals("grpo") ? "num_generations=2 generation_batch_size=2" : "";
            assertThat(Refusal.of(Main.FAILURE, output, command(command, data, groups)))
                    .contains(picture + ": ")
                    .contains(part);
        }
    }

    @Test
    void dataSetThatIsNoFile() throws IOException {
        assertThat(Refusal.of(Main.USAGE, output, command("sft", folder.resolve("none.json"), "")))
                .contains("--data: " + folder.resolve("none.json") + " does not exist");
        assertThat(Refusal.of(Main.FAILURE, output, command("eval", folder.resolve("none.json"), "")))
                .contains(folder.resolve("none.json") + ": no such file");
        for (String command : List.of("sft", "grpo", "eval")) {
            assertThat(Refusal.of(Main.FAILURE, output, command(command, folder, "")))
                    .contains(folder + ": cannot be read: Is a directory");
        }
        assertThat(Refusal.of(Main.USAGE, output, command("eval", Path.of("/"), "")))
                .contains("--data /");
        assertThat(output).doesNotExist();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "num_generations=1 | num_generations: got 1, wanted at least 2",
                "num_generations=-1 | num_generations: got -1",
                "num_generations=8 | generation_batch_size: got 12, wanted a multiple of num_generations (8)",
                "batch_size=6 | batch_size: got 6, wanted a multiple of num_generations (4)",
                "batch_size=8 | generation_batch_size: got 12, wanted a multiple of batch_size (8)",
                "micro_batch_size=8 | batch_size: got 12, wanted a multiple of micro_batch_size (8)",
                "generation_batch_size=0 | generation_batch_size: got 0",
                "generation_batch_size=many | got the text 'many', wanted a whole number",
                "num_iterations=0 | num_iterations: got 0",
                "max_completion_length=0 | max_completion_length: got 0",
                "temperature=0 | temperature: got 0.0, wanted a finite number above 0",
                "temperature=-1 | temperature: got -1.0",
                "temperature=NaN | temperature: got the text 'NaN', wanted a number",
                "temperature=1e39 | temperature: got Infinity",
                "top_p=0 | top_p: got 0.0",
                "top_p=2 | top_p: got 2.0",
                "top_k=-1 | top_k: got -1",
                "min_p=1 | min_p: got 1.0",
                "beta=-0.1 | beta: got -0.1",
                "epsilon_low=1.5 | epsilon_low: got 1.5",
                "advantage_epsilon=-1 | advantage_epsilon: got -1.0",
                "reduction=sum | got the text 'sum', wanted one of token_mean",
                "rewards=[format,format] | rewards: got [format, format], wanted each once",
                "rewards=[] | rewards (their number): got 0",
                "reward_weights=[1] | reward_weights: got 1 weights for 2 rewards",
                "reward_weights=[1,1e999] | reward_weights[1]: got Infinity",
                "optimizer.learning_rate=0 | optimizer.learning_rate: got 0.0",
                "optimizer.learning_rate=.nan | --set optimizer.learning_rate=.nan, line 1: not valid YAML",
                "optimizer.learning_rate=1e999 | optimizer.learning_rate: got Infinity, wanted a number",
                "optimizer.beta2=1 | optimizer.beta2: got 1.0",
                "optimizer.max_grad_norm=-1 | optimizer.max_grad_norm: got -1.0",
                "max_steps=-1 | max_steps: got -1",
                "max_steps=1.5 | max_steps: got 1.5, wanted a whole number",
                "max_steps=99999999999 | max_steps: got 99999999999, wanted a whole number between",
                "skip_dead_groups=maybe | got the text 'maybe', wanted true or false",
                "save_total_limit=0 | save_total_limit: got 0",
                "threads=-1 | threads: got -1",
                "threads=1000000 | threads: got 1000000",
                "evaluation.batch_size=0 | evaluation.batch_size: got 0",
                "evaluation.data.test=none.json | evaluation.data.test: none.json does not exist",
                "image_root=none | image_root: none does not exist",
                "seed=abc | got the text 'abc', wanted a whole number",
                "num_generation=4 | unknown key num_generation; did you mean num_generations?",
                "learning_rate=1 | did you mean optimizer.learning_rate?",
                "optimizer=1 | optimizer: got 1, wanted keys with values",
                "nonsense | --set nonsense: wanted key=value"
            })
    void settingsOfPhaseTwo(String assignment, String part) throws IOException {
        String whole = "num_generations=4 generation_batch_size=12 " + assignment;
        assertThat(Refusal.of(Main.USAGE, output, command("grpo", fixture.trainingData(), whole)))
                .contains(part);
        assertThat(output).doesNotExist();
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "sft | batch_size=4 micro_batch_size=3 | 2 | batch_size: got 4, wanted a multiple of micro_batch_size (3)",
                "sft | batch_size=0 | 2 | batch_size: got 0",
                "sft | target=poem | 2 | got the text 'poem', wanted one of chain_of_thought, answer",
                "sft | max_steps=0 epochs=0 | 2 | epochs: got 0",
                "sft | optimizer.warmup_steps=-1 | 2 | optimizer.warmup_steps: got -1",
                "sft | max_completion_length=3 | 1 | tokens, max_completion_length is 3",
                "sft | max_completion_length=2000000000 | 1 | max_completion_length: got 2000000000",
                "grpo | max_completion_length=2000000000 | 1 | max_completion_length: got 2000000000",
                "grpo | skip_samples=24 | 1 | train.json: has 24 records, skip_samples leaves out 24",
                "grpo | rewards=[accuracy,beauty] | 1 | rewards: got 'beauty', wanted the name of a class or one of [accuracy, caption_format",
                "grpo | prompt=visual-count | 1 | prompt template 'visual-count': no such",
                "sft | optimizer.learning_rate=1e30 max_steps=20 | 1 | the run has diverged, lower the learning rate"
            })
    void settingsThatDoNotFitModelOrData(String command, String assignments, int status, String part)
            throws IOException {
        assertThat(Refusal.of(status, output, command(command, fixture.trainingData(), assignments)))
                .contains(part);
        assertThat(Files.exists(output)).isEqualTo(part.contains("diverged"));
    }

    static Stream<Arguments> configurations() {
        return Stream.of(
                arguments("unbalanced", "rewards: [accuracy\nbeta: 1", ", line 2: not valid YAML"),
                arguments("tab", "a:\n\tb: 1", "not valid YAML"),
                arguments("unknown key", "temprature: 1", "unknown key temprature; did you mean temperature?"),
                arguments("key twice", "beta: 1\nbeta: 2", "not valid YAML"),
                arguments("list at the top", "- beta", "wanted keys with values, got a list"),
                arguments("text for a number", "beta: high", "beta: got the text 'high', wanted a number"),
                arguments("nothing for a number", "beta:", "beta: got nothing, wanted a number"),
                arguments("of the other phase", "target: answer", "unknown key target"),
                arguments("bytes that are no text", "beta: \u00ff", "not UTF-8"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void configurations(String name, String content, String part) throws IOException {
        Path config = Files.write(folder.resolve("run.yaml"), content.getBytes(StandardCharsets.ISO_8859_1));
        String[] command = command("grpo", fixture.trainingData(), "", "--config", config.toString());
        assertThat(Refusal.of(Main.USAGE, output, command))
                .contains(config.toString())
                .contains(part);
    }

    @Test
    void configurationOrPromptThatIsNoFile() throws IOException {
        assertThat(Refusal.of(Main.USAGE, output, "grpo", "--config", "none.yaml"))
                .contains("--config none.yaml: no such file");
        assertThat(Refusal.of(Main.USAGE, output, "grpo", "--config", folder.toString()))
                .contains("configuration file " + folder + ": Is a directory");
        Path prompt = Files.writeString(folder.resolve("prompt.txt"), "Look!");
        assertThat(Refusal.of(Main.FAILURE, output, command("sft", fixture.trainingData(), "prompt=" + prompt)))
                .contains("prompt template '" + prompt + "': {question} is missing");
        Files.write(prompt, new byte[] {(byte) 0xff});
        assertThat(Refusal.of(Main.FAILURE, output, command("sft", fixture.trainingData(), "prompt=" + prompt)))
                .contains("prompt template '" + prompt + "': cannot be read: not UTF-8");
        assertThat(output).doesNotExist();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "eval --model M --data D --top-p 0 | --top-p: got 0.0",
                "eval --model M --data D --top-p 2 | --top-p: got 2.0",
                "eval --model M --data D --top-k -1 | --top-k: got -1",
                "eval --model M --data D --temperature -1 | --temperature: got -1.0",
                "eval --model M --data D --temperature NaN | --temperature: got NaN",
                "eval --model M --data D --max-completion-length 0 | --max-completion-length: got 0",
                "eval --model M --data D --max-samples -1 | --max-samples: got -1",
                "eval --model M --data D --threads 1000000 | --threads: got 1000000",
                "eval --model M --data a/b=D | the name of a split has",
                "eval --model M --data x=D --data x=D | two splits are named x",
                "eval --model M | --data",
                "eval --model none --data D | --model: none is no folder",
                "generate-data --output O --train -1 | --train: got -1",
                "generate-data --output O --captions-test -1 | --captions-test: got -1",
                "generate-data --output O --train 0 --test 0 --shift 0 | every split has 0 samples",
                "generate-data --output O --picture-size 50 | --picture-size: wanted a multiple of 3 from 48 to 1344, got 50",
                "generate-data --output O --min-objects 0 | --min-objects: wanted at least 1, got 0",
                "generate-data --output O --max-objects 10 | --max-objects: wanted from",
                "generate-data --output O --seed 1.5 | --seed",
                "generate-data --output O --task count | --task: wanted one of counting-cells",
                "generate-data --output O --min-objects few | --min-objects",
                "generate-data --output O --level 2 | --level: no option of --task counting-cells, but of geometry",
                "generate-data --output O --task geometry --level 4 | --level: wanted 1 to 3, got 4",
                "generate-data --output O --task geometry --values side | --values",
                "generate-data --output O --task geometry --kinds thales,chess | --kinds",
                "generate-data --output O --kinds thales | --kinds: no option of --task counting-cells, but of geometry",
                "generate-data --output O --task geometry --picture-size 64 --values both | --values: wanted text",
                "generate-data --output O --task geometry --picture-size 40 | --picture-size: wanted 48 to 1344",
                "generate-data --output O --task spatial --functions change_color,jump | --functions: wanted some of",
                "generate-data --output O --task spatial --vary position | --vary: wanted some of size, color",
                "generate-data --output O --task spatial --max-changes 5 | --max-changes: wanted 1 to 4, got 5",
                "generate-data --output O --task spatial --grid 3 | --grid: wanted 1, 2, 5 or 10, got 3",
                "generate-data --output O --task spatial --picture-size 8 | --picture-size: wanted 32 to 2048, got 8",
                "generate-data --output O --task spatial --picture-height 8 | --picture-height: wanted 32 to 2048",
                "generate-data --output O --task spatial --min-objects 9 --field 10 | --field: got 10, found no scene",
                "generate-data --output O --task counting --vary hue | --vary: wanted some of size, color",
                "generate-data --output O --task counting --max-objects 11 | --max-objects: wanted from",
                "generate-data --output O --task counting --grid 1 | --grid: no option of --task counting",
                "create-model --output O --seed zero | --seed",
                "eval --model . --data D --min-p 1 | --min-p: got 1.0",
                "eval --model . --data D --repetition-penalty 0 | --repetition-penalty: got 0.0",
                "eval --model . --data D --dtype float8 | --dtype",
                "create-model | --output",
                "train --task chess --model . --data D --output O | --task",
                "train --task visual-counting --variant best --model . --data D --output O | --variant",
                "train --task visual-counting --variant zero --model . --data D --output O --set ans-sft:epochs=2 | has no stage 'ans-sft', only reason-rft-zero",
                "train --task visual-counting --variant zero --model none --data D --output O | none",
                "create-model --output O --size tiny | --size",
                "create-model --output O --dtype float8 | --dtype",
                "create-model --output O --image-mean 0.5,0.5 | --image-mean: got [0.5, 0.5], wanted three",
                "create-model --output O --image-mean 0.5,0.5,1.5 | --image-mean",
                "merge --output O | --model",
                "merge --model none --output O | --model: none is no folder",
                "quickstart --output O --scale 0 | --scale: got 0.0",
                "generate-data --output O --chains 2 --overlooking 1.5 | --overlooking: wanted 0 to 1, got 1.5",
                "generate-data --output O --overlooking 0.5 | --overlooking: got 0.5 without --chains",
                "quickstart --output O --overlooking -0.1 | --overlooking: got -0.1",
                "quickstart --output O --overlooking NaN | --overlooking: got NaN",
                "quickstart --output O --scale NaN | --scale: got NaN",
                "quickstart --output O --threads -1 | --threads: got -1",
                "quickstart --output O --base none | --base: none is no folder",
                "quickstart --output O --resume | O: no such folder",
                "reproduce --output O --tasks chess | --tasks",
                "reproduce --output O --tasks visual-counting,visual-counting | --tasks: got",
                "reproduce --output O --seeds 1,1 | --seeds: got [1, 1], wanted each once",
                "reproduce --output O --scale -1 | --scale: got -1.0",
                "reproduce --output O --threads -1 | --threads: got -1",
                "reproduce --output O --base visual-counting=none | --base: none is no folder",
                "reproduce --output O --tasks visual-counting --base structure-perception=. | --base: structure-perception is not",
                "reproduce --output O --resume | O: no such folder",
                "grpo --resume | --resume needs --output",
                "grpo --resum --output O | unknown option or argument '--resum'; did you mean --resume?",
                "report | RUN",
                "report --titel x | '--titel'; did you mean --title?"
            })
    void options(String line, String part) throws IOException {
        String[] arguments = Arrays.stream(line.split(" "))
                .map(word -> word.replaceAll("^M$", fixture.model().toString())
                        .replaceAll("(^|=)D$", "$1" + fixture.testData())
                        .replaceAll("^O$", output.toString()))
                .toArray(String[]::new);
        assertThat(Refusal.of(Main.USAGE, output, arguments)).contains(part.replaceAll("^O", output.toString()));
        assertThat(output).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"trian", "generate", "--modle"})
    void unknownCommand(String word) {
        StringWriter err = new StringWriter();
        assertThat(Main.run(new PrintWriter(new StringWriter()), new PrintWriter(err, true), word))
                .isEqualTo(Main.USAGE);
        assertThat(err.toString().lines())
                .singleElement()
                .asString()
                .startsWith("reason-rft: ")
                .contains("'" + word + "'");
    }

    @Test
    void verboseAddsTheStackBelowTheLine() throws IOException {
        Path data = Files.writeString(folder.resolve("data.json"), "[{\"id\": x}]");
        StringWriter err = new StringWriter();
        assertThat(Main.run(
                        new PrintWriter(new StringWriter()),
                        new PrintWriter(err, true),
                        command("sft", data, "", "--verbose")))
                .isEqualTo(Main.FAILURE);
        assertThat(err.toString().lines().findFirst().orElseThrow())
                .startsWith("reason-rft sft: " + data + ": record 0");
        assertThat(err.toString()).contains("DataException", "\tat org.reasonrft.data.SampleReader", "Caused by: ");
    }
}
