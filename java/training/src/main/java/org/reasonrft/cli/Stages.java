package org.reasonrft.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.reasonrft.run.ConfigReader;
import org.reasonrft.run.RunException;
import org.reasonrft.run.RunFolder;
import org.reasonrft.run.StopSignal;
import org.reasonrft.train.GrpoConfig;
import org.reasonrft.train.GrpoTrainer;
import org.reasonrft.train.SftConfig;
import org.reasonrft.train.SftTrainer;
import org.reasonrft.train.TrainingResult;

/**
 * Training runs that are parts of a whole, each in a folder of its own. One whose folder is complete is not repeated, and one that
 * was stopped in the middle is resumed with the configuration it began with.
 */
final class Stages {
    private final Path folder;
    private final long seed;
    private final int threads;
    private final StopSignal stop;
    private boolean interrupted;

    Stages(Path folder, long seed, int threads, StopSignal stop) {
        this.folder = folder;
        this.seed = seed;
        this.threads = threads;
        this.stop = stop;
    }

    /**
     * Makes the folder of a whole, or takes up one that was begun.
     *
     * @throws RunException if there is something in it and {@code resume} does not ask to go on with it
     */
    static void claim(Path folder, boolean resume) throws IOException {
        if (!resume && Files.exists(folder)) {
            try (Stream<Path> content = Files.list(folder)) {
                if (content.findAny().isPresent()) {
                    throw new RunException("output folder " + folder
                            + " is not empty; name another, or add --resume to continue in it");
                }
            }
        }
        Files.createDirectories(folder);
    }

    /** Whether a stage was asked to stop before its end; no other may be begun then. */
    boolean interrupted() {
        return interrupted;
    }

    /** The run folder of a stage. */
    Path folder(String stage) {
        return folder.resolve(stage);
    }

    /**
     * Runs a supervised stage.
     *
     * @param configure says what is trained; not asked when the stage was begun before
     * @return the last checkpoint
     */
    Path sft(String stage, Consumer<ConfigReader<SftConfig>> configure) throws IOException {
        boolean begun = isBegun(stage);
        return checkpoint(new SftTrainer(configuration(SftConfig.class, stage, configure)).run(begun, stop::requested));
    }

    /** Runs a stage of reinforcement learning; see {@link #sft}. */
    Path grpo(String stage, Consumer<ConfigReader<GrpoConfig>> configure) throws IOException {
        boolean begun = isBegun(stage);
        return checkpoint(
                new GrpoTrainer(configuration(GrpoConfig.class, stage, configure)).run(begun, stop::requested));
    }

    private boolean isBegun(String stage) {
        return Files.exists(folder(stage).resolve(RunFolder.CONFIG));
    }

    private <T extends Record> T configuration(Class<T> type, String stage, Consumer<ConfigReader<T>> configure) {
        ConfigReader<T> reader = ConfigReader.of(type);
        if (isBegun(stage)) {
            return reader.file(folder(stage).resolve(RunFolder.CONFIG)).resolve();
        }
        reader.set("output", "output", folder(stage).toString());
        configure.accept(reader);
        return reader.set("--seed", "seed", Long.toString(seed))
                .set("--threads", "threads", Integer.toString(threads))
                .resolve();
    }

    private Path checkpoint(TrainingResult result) {
        interrupted = !result.complete();
        return result.checkpoint();
    }
}
