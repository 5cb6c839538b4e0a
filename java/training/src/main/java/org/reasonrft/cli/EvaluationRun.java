package org.reasonrft.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.reasonrft.data.PromptSet;
import org.reasonrft.data.Sample;
import org.reasonrft.model.CheckpointDigest;
import org.reasonrft.run.ConfigReader;
import org.reasonrft.run.RunException;
import org.reasonrft.run.RunFolder;

/**
 * An evaluation as {@code config.yaml} of its folder records it. Model, prompt and data are known again by their
 * content, so that they may lie elsewhere when it is resumed.
 *
 * @param model digest of the checkpoint
 * @param prompt digest of the templates
 * @param data digest of the questions and pictures by split
 */
record EvaluationRun(EvaluationSettings settings, String model, String prompt, Map<String, String> data) {
    EvaluationRun {
        data = new LinkedHashMap<>(data);
    }

    static EvaluationRun of(EvaluationSettings settings, PromptSet prompts, Map<String, List<Sample>> splits)
            throws IOException {
        Map<String, String> data = new LinkedHashMap<>();
        for (Map.Entry<String, List<Sample>> split : splits.entrySet()) {
            data.put(split.getKey(), digest(split.getValue()));
        }
        MessageDigest prompt = sha256();
        prompts.texts().forEach(text -> add(prompt, text));
        return new EvaluationRun(settings, CheckpointDigest.of(settings.model()), hex(prompt), data);
    }

    /**
     * The evaluation that was begun in a folder.
     *
     * @throws RunException if there is none
     */
    static EvaluationRun begunIn(Path folder) {
        Path file = folder.resolve(RunFolder.CONFIG);
        if (!Files.isRegularFile(file)) {
            throw new RunException("cannot resume " + folder + ": it holds no " + RunFolder.CONFIG
                    + ", so no evaluation was begun there");
        }
        return ConfigReader.of(EvaluationRun.class).file(file).resolve();
    }

    /**
     * Refuses to go on with something else than what was begun.
     *
     * @throws RunException naming what differs
     */
    void requireContinues(EvaluationRun begun, Path folder) {
        String begins = "cannot resume " + folder + ": ";
        begun.settings.decisive().forEach((option, value) -> {
            Object now = settings.decisive().get(option);
            if (!value.equals(now)) {
                throw new RunException(begins + option + " is " + now + ", but it was begun with " + value);
            }
        });
        if (!begun.model.equals(model)) {
            throw new RunException(
                    begins + "the model in " + settings.model() + " is not the one that it was begun with");
        }
        if (!begun.prompt.equals(prompt)) {
            throw new RunException(begins + "the text of prompt " + settings.prompt()
                    + " is not the one that it was begun with (" + begun.settings.prompt() + ")");
        }
        if (!begun.data.keySet().equals(data.keySet())) {
            throw new RunException(
                    begins + "the splits are " + data.keySet() + ", but it was begun with " + begun.data.keySet());
        }
        begun.data.forEach((split, digest) -> {
            if (!digest.equals(data.get(split))) {
                throw new RunException(begins + "questions or pictures of split " + split + " in "
                        + settings.data().get(split) + " are not those that it was begun with");
            }
        });
    }

    private static String digest(List<Sample> samples) throws IOException {
        MessageDigest digest = sha256();
        for (Sample sample : samples) {
            add(digest, sample.id());
            add(digest, sample.problem());
            add(digest, sample.answer());
            for (Path image : sample.images()) {
                byte[] content = Files.readAllBytes(image);
                add(digest, Integer.toString(content.length));
                digest.update(content);
            }
        }
        return hex(digest);
    }

    private static void add(MessageDigest digest, String text) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
    }

    private static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
