package org.reasonrft.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.reasonrft.run.ConfigException;
import org.reasonrft.run.ConfigReader;

/** Configurations that come with the program, next to files of the user. */
final class Recipes {
    /** The names, as {@code --config} takes them. */
    static final List<String> SHIPPED = List.of(
            "ans-sft",
            "cot-sft",
            "reason-rft-sft",
            "reason-rft-grpo",
            "reason-rft-zero",
            "spatial-transformation/ans-sft",
            "spatial-transformation/cot-sft",
            "spatial-transformation/reason-rft-sft",
            "spatial-transformation/reason-rft-grpo",
            "spatial-transformation/reason-rft-zero",
            "structure-perception/cot-sft",
            "structure-perception/reason-rft-sft",
            "structure-perception/reason-rft-grpo",
            "structure-perception/reason-rft-zero",
            "small/captions",
            "small/ans-sft",
            "small/cot-sft",
            "small/reason-rft-sft",
            "small/reason-rft-grpo",
            "small/reason-rft-zero",
            "small/quickstart/reason-rft-sft",
            "small/quickstart/reason-rft-grpo",
            "small/structure-perception/captions",
            "small/structure-perception/cot-sft",
            "small/structure-perception/reason-rft-sft",
            "small/structure-perception/reason-rft-grpo",
            "small/structure-perception/reason-rft-zero",
            "small/spatial-transformation/captions",
            "small/spatial-transformation/cot-sft",
            "small/spatial-transformation/reason-rft-sft",
            "small/spatial-transformation/reason-rft-grpo",
            "small/spatial-transformation/reason-rft-zero");

    private Recipes() {}

    /**
     * Adds a file, or the shipped recipe of that name, to a configuration.
     *
     * @throws ConfigException if it is neither
     */
    static <T extends Record> ConfigReader<T> add(ConfigReader<T> reader, String fileOrName) {
        Path file = Path.of(fileOrName);
        if (Files.exists(file) || !isShipped(fileOrName)) {
            if (Files.notExists(file)) {
                throw new ConfigException("--config " + fileOrName
                        + ": no such file, and no shipped recipe of that name; shipped: " + String.join(", ", SHIPPED));
            }
            return reader.file(file);
        }
        return reader.yaml("recipe " + fileOrName, text(fileOrName));
    }

    static boolean isShipped(String name) {
        return SHIPPED.contains(name);
    }

    private static String resource(String name) {
        return "/org/reasonrft/recipes/" + name + ".yaml";
    }

    static String text(String name) {
        try (InputStream in = Recipes.class.getResourceAsStream(resource(name))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("recipe " + name + " cannot be read", e);
        }
    }
}
