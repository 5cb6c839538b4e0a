package org.reasonrft.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.reasonrft.model.QwenModel;
import org.reasonrft.model.RopeIndex;
import org.reasonrft.rollout.Completion;
import org.reasonrft.rollout.GenerationOptions;
import org.reasonrft.rollout.Generator;
import org.reasonrft.rollout.Prompt;
import org.reasonrft.torch.Torch;

/**
 * Times greedy generation: 32 prompts of 32 tokens, 64 new tokens each. {@code peers/generation.py} runs this and
 * {@code transformers.generate} in turn, on the same prompts.
 */
final class Generation {
    private static final int BATCH = 32;
    private static final int PROMPT = 32;
    private static final int NEW = 64;
    /** Two rounds of a large model; a small one needs many for the compiler to have seen its loops. */
    private static final double WARM_UP_SECONDS = 5;

    private Generation() {}

    /** Prints the median of tokens per second over the rounds, then the tokens of the first prompt. */
    static void run(Path checkpoint, int threads, int rounds) throws IOException {
        try (QwenModel model = QwenModel.load(checkpoint)) {
            Torch.setThreads(threads, model.config().text().hiddenSize());
            Generator generator = new Generator(model, 0, Set.of(), Set.of());
            List<Prompt> prompts = prompts(model);
            double[] rates = new double[rounds];
            for (double seconds = 0; seconds < WARM_UP_SECONDS; ) {
                seconds += BATCH * NEW / rate(generator, prompts);
            }
            for (int round = 0; round < rounds; round++) {
                rates[round] = rate(generator, prompts);
            }
            List<Completion> completions = generate(generator, prompts);
            Arrays.sort(rates);
            System.out.printf(Locale.ROOT, "%.1f%n", rates[rounds / 2]);
            System.out.println(Arrays.toString(completions.get(0).ids()));
        }
    }

    /** Tokens per second of one round. */
    private static double rate(Generator generator, List<Prompt> prompts) {
        long start = System.nanoTime();
        generate(generator, prompts);
        return BATCH * NEW * 1e9 / (System.nanoTime() - start);
    }

    private static List<Completion> generate(Generator generator, List<Prompt> prompts) {
        return generator.generate(prompts, 1, GenerationOptions.greedy(NEW), new long[BATCH]);
    }

    private static List<Prompt> prompts(QwenModel model) {
        List<Prompt> prompts = new ArrayList<>();
        for (int row = 0; row < BATCH; row++) {
            long[] ids = new long[PROMPT];
            for (int t = 0; t < PROMPT; t++) {
                // Ordinary tokens of the smallest vocabulary that the peers' script is run with.
                ids[t] = (row * PROMPT + t) * 7919L % 400;
            }
            prompts.add(new Prompt(
                    ids, RopeIndex.of(ids, List.of(), model.config().tokens().image(), 2), List.of()));
        }
        return prompts;
    }
}
