package org.reasonrft.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.reasonrft.data.counting.CountingCorpus;
import org.reasonrft.data.counting.CountingGenerator;
import org.reasonrft.data.counting.CountingSpec;
import org.reasonrft.data.counting.CountingSplit;
import org.reasonrft.model.FreshCheckpoint;
import org.reasonrft.run.ConfigReader;

/** A model of some thousand parameters and a handful of real pictures and questions, in a folder of a test. */
public final class Fixture {
    private static final FreshCheckpoint.Size SIZE = new FreshCheckpoint.Size(
            FreshCheckpoint.Size.vision(1, 16, 2, 8),
            FreshCheckpoint.Size.text(1, 32, 48, 2, 2, 1, 4096, 10_000),
            true,
            64 * 64);

    private final Path folder;

    private Fixture(Path folder) {
        this.folder = folder;
    }

    public static Fixture in(Path folder) throws IOException {
        FreshCheckpoint.write(
                Files.createDirectory(folder.resolve("model")),
                SIZE,
                CountingCorpus.texts(),
                FreshCheckpoint.CLIP_MEAN,
                ScalarType.Float,
                7);
        CountingGenerator.generate(
                List.of(new CountingSpec(CountingSplit.TRAIN, 24, 3), new CountingSpec(CountingSplit.TEST, 6, 3)),
                folder.resolve("data"));
        return new Fixture(folder);
    }

    public Path model() {
        return folder.resolve("model");
    }

    public Path trainingData() {
        return folder.resolve("data/train.json");
    }

    public Path testData() {
        return folder.resolve("data/test.json");
    }

    /** A configuration for six steps; assignments override. */
    SftConfig sft(Path output, String... assignments) {
        ConfigReader<SftConfig> reader = common(ConfigReader.of(SftConfig.class), output)
                .set("max_steps=6")
                .set("batch_size=4")
                .set("freeze_vision=false")
                .set("optimizer.learning_rate=1e-3")
                .set("optimizer.warmup_steps=2");
        for (String assignment : assignments) {
            reader.set(assignment);
        }
        return reader.resolve();
    }

    /** A configuration for six rollouts of 3 questions x 4 completions; assignments override. */
    GrpoConfig grpo(Path output, String... assignments) {
        ConfigReader<GrpoConfig> reader = common(ConfigReader.of(GrpoConfig.class), output)
                .set("max_steps=6")
                .set("num_generations=4")
                .set("generation_batch_size=12")
                .set("max_completion_length=10")
                .set("temperature=1.0")
                .set("top_k=0")
                .set("top_p=1.0")
                .set("rewards=[text_length]")
                .set("log_completions=2")
                .set("optimizer.learning_rate=1e-3");
        for (String assignment : assignments) {
            reader.set(assignment);
        }
        return reader.resolve();
    }

    private <T extends Record> ConfigReader<T> common(ConfigReader<T> reader, Path output) {
        return reader.set("model=" + model())
                .set("data=" + trainingData())
                .set("output=" + output)
                .set("prompt=short")
                .set("evaluation.data.test=" + testData())
                .set("evaluation.steps=3")
                .set("save_steps=2")
                .set("threads=1");
    }
}
