package org.reasonrft.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.reasonrft.run.StopSignal;
import org.reasonrft.train.GrpoConfig;
import org.reasonrft.train.GrpoTrainer;
import org.reasonrft.train.TrainingResult;
import picocli.CommandLine.Command;

/** Phase 2. */
@Command(
        name = "grpo",
        description = "Phase 2: reinforcement learning (GRPO) on questions with answers that can be checked.",
        sortOptions = false)
final class GrpoCommand extends TrainingCommand<GrpoConfig> {
    GrpoCommand() {
        super(GrpoConfig.class);
    }

    @Override
    TrainingResult train(GrpoConfig configuration, boolean resume, StopSignal stop) throws IOException {
        GrpoTrainer trainer = new GrpoTrainer(configuration);
        report(trainer.data());
        return trainer.run(resume, stop::requested);
    }

    @Override
    Path outputOf(GrpoConfig configuration) {
        return configuration.output();
    }
}
