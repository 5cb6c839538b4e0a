package org.reasonrft.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConfigReaderTest {
    @TempDir
    Path folder;

    enum Reduction {
        TOKEN_MEAN,
        SEQUENCE_MEAN
    }

    record Inner(
            @Default("1e-3") double learningRate,
            @Default("0.04") float beta,
            @Default("0") Integer warmupSteps) {
        Inner {
            if (learningRate <= 0) {
                throw new IllegalArgumentException(
                        "optimizer.learning_rate: got " + learningRate + ", wanted more than 0");
            }
        }
    }

    record Config(
            @MustExist @Default("/") Path model,
            @Default("sequence_mean") Reduction reduction,

            @Default("{learning_rate: 1e-6, warmup_steps: 3}")
            Inner optimizer,

            @Default("[accuracy, format]") List<String> rewards,
            @MustExist @Default("{}") Map<String, Path> splits,
            @Default("8") int numGenerations,
            @Default("42") long seed,
            @Default("true") boolean freezeVision,
            @Default("a") String prompt,
            Optional<Double> minP) {
        Config {
            if (model == null) {
                throw new IllegalArgumentException("model: is required");
            }
        }
    }

    record Required(int steps, @Default("null") Path data, String name) {}

    private static ConfigReader<Config> reader() {
        return ConfigReader.of(Config.class);
    }

    private static void assertRefused(ConfigReader<Config> reader, String... parts) {
        assertThatThrownBy(reader::resolve)
                .isInstanceOf(ConfigException.class)
                .hasMessageContainingAll(parts)
                .hasMessageNotContaining("\n");
    }

    private static void assertRefusedYaml(String yaml, String... parts) {
        assertThatThrownBy(() -> reader().yaml("recipe.yaml", yaml).resolve())
                .isInstanceOf(ConfigException.class)
                .hasMessageContainingAll(parts)
                .hasMessageStartingWith("recipe.yaml")
                .hasMessageNotContaining("\n");
    }

    @Test
    void laterLayersWinKeyByKey() throws IOException {
        Path file = Files.writeString(
                folder.resolve("a.yaml"),
                "num_generations: 4\noptimizer:\n  learning_rate: 1e-5\n  beta: 0.1\nrewards: [accuracy]\nsplits: {test: /}\n");
        Config config = reader().file(file)
                .set("optimizer.beta=0.2")
                .set("splits.ood=/..")
                .set("--seed", "seed", "7")
                .set("--model", "model", null)
                .resolve();
        assertThat(config)
                .isEqualTo(new Config(
                        Path.of("/"),
                        Reduction.SEQUENCE_MEAN,
                        new Inner(1e-5, 0.2f, 3),
                        List.of("accuracy"),
                        Map.of("test", Path.of("/"), "ood", Path.of("/..")),
                        4,
                        7,
                        true,
                        "a",
                        Optional.empty()));
    }

    @Test
    void writtenConfigurationReadsBackEqual() throws IOException {
        Path there = Files.writeString(folder.resolve("a b: d#e"), "x");
        Config config = reader().set("prompt=123")
                .set("min_p=1e-300")
                .set("model=" + there)
                .set("optimizer.learning_rate=3.3333333e-7")
                .set("optimizer.warmup_steps=null")
                .set("splits={x: /}")
                .resolve();
        String yaml = ConfigReader.toYaml(config);
        assertThat(reader().yaml("written", yaml).resolve()).isEqualTo(config);
        assertThat(reader().yaml("f", "prompt: no").resolve().prompt()).isEqualTo("no");
        assertThat(yaml)
                .startsWith("model: ")
                .contains("\noptimizer:\n  learning_rate: 3.3333333E-7\n")
                .contains("prompt: \"123\"");
    }

    @ParameterizedTest
    @CsvSource({"1e-6, 1e-6", "5E-4, 5e-4", "1, 1", "2.5, 2.5", ".5, 0.5", "1_000.0, 1000"})
    void numbersThatPeopleWrite(String text, double value) {
        assertThat(reader().set("optimizer.learning_rate=" + text)
                        .resolve()
                        .optimizer()
                        .learningRate())
                .isEqualTo(value);
        assertThat(reader().yaml("f", "optimizer: {learning_rate: " + text + "}")
                        .resolve()
                        .optimizer()
                        .learningRate())
                .isEqualTo(value);
    }

    @Test
    void enumsInLowerCaseWithEitherSeparator() {
        assertThat(reader().set("reduction=token-mean").resolve().reduction()).isEqualTo(Reduction.TOKEN_MEAN);
        assertRefusedYaml("reduction: dapo", "reduction: got the text 'dapo', wanted one of token_mean, sequence_mean");
    }

    @Test
    void unknownKeysAreRefusedWithTheNearestKnownOne() {
        assertRefusedYaml("num_generation: 4", "unknown key num_generation;", "did you mean num_generations?");
        assertRefusedYaml("numGenerations: 4", "did you mean num_generations?");
        assertRefusedYaml(
                "optimizer: {learning_rat: 1}", "unknown key optimizer.learning_rat;", "did you mean learning_rate?");
        assertRefusedYaml("learning_rate: 1", "did you mean optimizer.learning_rate?");
        assertRefusedYaml("zebra: 1", "unknown key zebra", "known here: ", ", ...");
        assertRefusedYaml(
                "optimizer: {zebra: 1}", "unknown key optimizer.zebra; known here: learning_rate, beta, warmup_steps");
        assertThatThrownBy(() -> reader().set("seeds=1"))
                .isInstanceOf(ConfigException.class)
                .hasMessage("--set seeds=1: unknown key seeds; did you mean seed?");
        assertThatThrownBy(() -> reader().set("seed.x=1"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("has no key x");
    }

    @Test
    void wrongTypesNameKeyValueAndWantedType() {
        assertRefusedYaml("num_generations: many", "num_generations: got the text 'many', wanted a whole number");
        assertRefusedYaml("num_generations: 2.5", "num_generations: got 2.5, wanted a whole number");
        assertRefusedYaml("num_generations: 3000000000", "num_generations: got 3000000000");
        assertRefusedYaml("num_generations:", "num_generations: got nothing, wanted a whole number");
        assertRefusedYaml("freeze_vision: yes", "freeze_vision: got the text 'yes', wanted true or false");
        assertRefusedYaml("optimizer: {beta: true}", "optimizer.beta: got true, wanted a number");
        assertRefusedYaml("optimizer: {beta: .nan}", "line 1", "'.nan'");
        assertRefusedYaml("optimizer: {beta: 1e999}", "optimizer.beta", "wanted a number");
        assertRefusedYaml("optimizer: fast", "optimizer: got the text 'fast', wanted keys with values");
        assertRefusedYaml("rewards: accuracy", "rewards: got the text 'accuracy', wanted a list");
        assertRefusedYaml("rewards: [accuracy, 1]", "rewards[1]: got 1, wanted a text");
        assertRefusedYaml("splits: {a: [x]}", "splits.a: got a list, wanted a path");
        assertRefused(reader().set("--seed", "seed", "x"), "--seed: got the text 'x', wanted a whole number");
    }

    @Test
    void whatTheRecordRefusesIsReportedWithItsOrigin() {
        assertRefusedYaml(
                "optimizer: {learning_rate: -1}", "recipe.yaml: optimizer.learning_rate: got -1.0, wanted more than 0");
        assertRefused(
                reader().set("optimizer.learning_rate=0"),
                "--set optimizer.learning_rate=0: optimizer.learning_rate: got 0.0");
        assertRefusedYaml("model: ", "model: is required");
    }

    @Test
    void whatHasNoDefaultMustBeGiven() {
        assertThatThrownBy(() -> ConfigReader.of(Required.class).set("name=x").resolve())
                .isInstanceOf(ConfigException.class)
                .hasMessage("steps: is required; wanted a whole number");
        assertThat(ConfigReader.of(Required.class).set("name=x").set("steps=1").resolve())
                .isEqualTo(new Required(1, null, "x"));
    }

    @Test
    void brokenFilesAreNamedWithTheLine() throws IOException {
        assertRefusedYaml("a: b: c\n", "recipe.yaml, line 1: not valid YAML");
        assertRefusedYaml("seed: 1\nseed: 2\n", "recipe.yaml, line 2", "seed");
        assertRefusedYaml("- 1\n", "wanted keys with values, got a list");
        assertThat(reader().yaml("empty.yaml", "# nothing\n").resolve().seed()).isEqualTo(42);
        assertThatThrownBy(() -> reader().file(folder.resolve("none.yaml")))
                .isInstanceOf(ConfigException.class)
                .hasMessage(
                        "cannot read configuration file " + folder.resolve("none.yaml") + ": no such file or folder");
        assertThatThrownBy(() -> reader().set("seed"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("wanted key=value");
    }

    @Test
    void pathsThatMustExistAreLookedAtBeforeAnyWork() throws IOException {
        Path there = Files.writeString(folder.resolve("there"), "x");
        reader().set("model=" + there).set("splits.a=" + there).resolve();
        assertRefused(
                reader().set("model=" + there).set("splits.a=" + folder.resolve("gone")),
                "splits.a",
                folder.resolve("gone") + " does not exist");
    }
}
