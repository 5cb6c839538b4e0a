package org.reasonrft.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.reasonrft.run.StopSignal;
import org.reasonrft.train.SftConfig;
import org.reasonrft.train.SftTrainer;
import org.reasonrft.train.TrainingResult;
import picocli.CommandLine.Command;

/** Phase 1. */
@Command(
        name = "sft",
        description = "Phase 1: supervised fine-tuning on answers with chains of thought.",
        sortOptions = false)
final class SftCommand extends TrainingCommand<SftConfig> {
    SftCommand() {
        super(SftConfig.class);
    }

    @Override
    TrainingResult train(SftConfig configuration, boolean resume, StopSignal stop) throws IOException {
        SftTrainer trainer = new SftTrainer(configuration);
        report(trainer.data());
        return trainer.run(resume, stop::requested);
    }

    @Override
    Path outputOf(SftConfig configuration) {
        return configuration.output();
    }
}
